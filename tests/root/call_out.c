/*
 * An intruder who wants out: the jail's service turned against the host's
 * network. Binds and serves port 80 as the image may, then tries to begin a
 * connection to 127.0.0.1:PORT in every way that its sockets offer. Prints a
 * line for each; "called" is what must not be.
 *
 *     call_out PORT
 *
 * With "visited", standard input is a connection that somebody has made, and
 * the lines go to standard error.
 *
 *     call_out PORT visited
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LOOK_MILLISECONDS = 500,
	TCP_FASTOPEN_NO_COOKIE_NUMBER = 34, /* Linux 4.15 */
};

static struct sockaddr_in victim = { .sin_family = AF_INET };

static void try_to_call(const char *how, int fd)
{
	struct timeval none = { .tv_usec = 1 };
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	const char *outcome = "called";

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof(none));
	if (connect(fd, (const struct sockaddr *)&victim, sizeof(victim)) < 0 &&
	    errno != EINPROGRESS)
		outcome = strerror(errno);
	else if (poll(&poll_fd, 1, LOOK_MILLISECONDS) != 1 ||
		 poll_fd.revents & (POLLERR | POLLHUP))
		outcome = "no answer";
	printf("%s: %s\n", how, outcome);
	fflush(stdout);
}

/* Data in the first segment, which needs no answer. What the victim gets it
 * prints. */
static void try_fast_open(const char *how, int fd)
{
	static const char secret[] = "a secret";
	int one = 1;
	ssize_t sent;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE_NUMBER, &one,
			 sizeof(one));
	sent = sendto(fd, secret, sizeof(secret), MSG_FASTOPEN | MSG_DONTWAIT,
		      (const struct sockaddr *)&victim, sizeof(victim));
	if (sent < 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one,
		       sizeof(one)) == 0 &&
	    connect(fd, (const struct sockaddr *)&victim, sizeof(victim)) == 0)
		sent = send(fd, secret, sizeof(secret), MSG_DONTWAIT);
	printf("%s: %s\n", how, sent < 0 ? strerror(errno) : "called");
	fflush(stdout);
}

static int custody_socket(int port)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0) {
		perror("bind");
		exit(1);
	}
	return fd;
}

static int visited(void)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_port = htons(80) };
	int connection = dup(STDIN_FILENO);

	if (write(connection, "served\n", 7) != 7 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    connect(connection, &nobody, sizeof(nobody)) < 0) {
		perror("disconnect");
		return 1;
	}
	try_fast_open("a connection and Fast Open", connection);
	try_to_call("a connection", connection);
	printf("a connection that listens: %s\n",
	       listen(connection, 8) < 0 ? strerror(errno) : "called");
	printf("the port itself: %s\n",
	       bind(socket(AF_INET, SOCK_STREAM, 0),
		    (const struct sockaddr *)&any, sizeof(any)) < 0
		       ? strerror(errno)
		       : "called");
	return 0;
}

int main(int argc, char **argv)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int bound, listener, accepted;

	if (argc != 2 && argc != 3)
		return 2;
	victim.sin_port = htons((uint16_t)atoi(argv[1]));
	victim.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

	if (argc == 3)
		return visited();
	try_to_call("a socket of the jail", socket(AF_INET, SOCK_STREAM, 0));
	bound = custody_socket(81);
	try_to_call("a bound custody socket", bound);
	close(bound); /* nobody else gets the port before */
	try_fast_open("a custody socket and Fast Open", custody_socket(81));

	listener = custody_socket(80);
	if (listen(listener, 8) < 0) {
		perror("listen");
		return 1;
	}
	accepted = accept(listener, NULL, NULL);
	if (write(accepted, "served\n", 7) != 7 ||
	    connect(accepted, &nobody, sizeof(nobody)) < 0) {
		perror("disconnect");
		return 1;
	}
	try_fast_open("an accepted connection and Fast Open", accepted);
	try_to_call("an accepted connection", accepted);
	if (shutdown(listener, SHUT_RD) < 0) {
		perror("shutdown");
		return 1;
	}
	try_to_call("a listening socket", listener);
	return 0;
}
