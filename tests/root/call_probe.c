/*
 * Calls out of a jail in every way that a program may: what calls.t runs.
 * Prints a line for each word on the command line; a call is ADDRESS/PORT.
 *
 *   block CALL      connect, send "x", print what comes back
 *   nonblock CALL   the same with O_NONBLOCK, poll and SO_ERROR
 *   udp CALL        the same with a connected UDP socket
 *   timeout CALL    with SO_SNDTIMEO of 200 ms
 *   again CALL CALL connect to the first; disconnect and connect to the second
 *   listen CALL     connect, wait until the peer has hung up, then listen
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_storage parse(const char *call, socklen_t *length)
{
	struct sockaddr_storage address = { 0 };
	char *text = strdup(call), *slash = strrchr(text, '/');

	*slash = '\0';
	if (strchr(text, ':')) {
		struct sockaddr_in6 *in6 = (void *)&address;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((in_port_t)atoi(slash + 1));
		inet_pton(AF_INET6, text, &in6->sin6_addr);
		*length = sizeof(*in6);
	} else {
		struct sockaddr_in *in = (void *)&address;

		in->sin_family = AF_INET;
		in->sin_port = htons((in_port_t)atoi(slash + 1));
		inet_pton(AF_INET, text, &in->sin_addr);
		*length = sizeof(*in);
	}
	free(text);
	return address;
}

static int begin(const char *call, int type, int *ret_result)
{
	socklen_t length;
	struct sockaddr_storage address = parse(call, &length);
	int fd = socket(address.ss_family, type, 0);

	*ret_result = connect(fd, (void *)&address, length) < 0 ? errno : 0;
	return fd;
}

static void talk(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char answer[100] = "";
	ssize_t length;

	if (send(fd, "x", 1, MSG_NOSIGNAL) != 1) {
		printf("cannot send: %s\n", strerrorname_np(errno));
		return;
	}
	if (poll(&polled, 1, 3000) != 1) {
		puts("silence");
		return;
	}
	length = recv(fd, answer, sizeof(answer) - 1, 0);
	printf("%s\n", length < 0 ? strerrorname_np(errno) : answer);
}

static void result(const char *word, int error)
{
	printf("%s %s%s", word, error ? strerrorname_np(error) : "",
	       error ? "\n" : "");
}

static void do_block(const char *call, int type, const char *word)
{
	int error, fd = begin(call, type, &error);

	result(word, error);
	if (!error) {
		printf("%s ", fcntl(fd, F_GETFL) & O_NONBLOCK ? "nonblocking"
							      : "blocking");
		talk(fd);
	}
	close(fd);
}

static void do_nonblock(const char *call)
{
	int error, fd = begin(call, SOCK_STREAM | SOCK_NONBLOCK, &error);
	struct pollfd polled = { .fd = fd, .events = POLLOUT };
	socklen_t length = sizeof(error);

	if (error == EINPROGRESS) {
		poll(&polled, 1, 3000);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	}
	result("nonblock", error);
	if (!error) {
		printf("%s ", fcntl(fd, F_GETFL) & O_NONBLOCK ? "nonblocking"
							      : "blocking");
		talk(fd);
	}
	close(fd);
}

static void do_timeout(const char *call)
{
	struct timeval time = { .tv_usec = 200000 };
	socklen_t length;
	struct sockaddr_storage address = parse(call, &length);
	int fd = socket(address.ss_family, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
	result("timeout",
	       connect(fd, (void *)&address, length) < 0 ? errno : 0);
	close(fd);
}

static void do_again(const char *first, const char *second)
{
	struct sockaddr_storage none = { .ss_family = AF_UNSPEC };
	socklen_t length;
	struct sockaddr_storage address = parse(second, &length);
	int error, fd = begin(first, SOCK_STREAM, &error);

	result("again", error);
	if (error)
		return;
	printf("undone %s, ", connect(fd, (void *)&none, sizeof(none)) < 0
				      ? strerrorname_np(errno)
				      : "well");
	shutdown(fd, SHUT_RDWR);
	printf("%s\n", connect(fd, (void *)&address, length) < 0
			       ? strerrorname_np(errno)
			       : "called");
	close(fd);
}

static void do_listen(const char *call)
{
	int error, fd = begin(call, SOCK_STREAM, &error);
	char text[100];

	result("listen", error);
	if (error)
		return;
	send(fd, "x", 1, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (recv(fd, text, sizeof(text), 0) > 0)
		;
	usleep(100000);
	printf("%s\n", listen(fd, 1) < 0 ? strerrorname_np(errno) : "listens");
	close(fd);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *word = argv[i];

		if (strcmp(word, "block") == 0)
			do_block(argv[i + 1], SOCK_STREAM, word);
		else if (strcmp(word, "udp") == 0)
			do_block(argv[i + 1], SOCK_DGRAM, word);
		else if (strcmp(word, "nonblock") == 0)
			do_nonblock(argv[i + 1]);
		else if (strcmp(word, "timeout") == 0)
			do_timeout(argv[i + 1]);
		else if (strcmp(word, "listen") == 0)
			do_listen(argv[i + 1]);
		else if (strcmp(word, "again") == 0) {
			do_again(argv[i + 1], argv[i + 2]);
			i++;
		}
	}
	return 0;
}
