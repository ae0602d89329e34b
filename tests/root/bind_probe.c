/*
 * A service of the tests: binds what its arguments say, tells what came of
 * it, and serves what it got.
 *
 *     bind_probe tcp4:0.0.0.0:80 tcp6:::/443/v6only udp4:... bad THREAD ...
 *
 * An argument is KIND:ADDRESS/PORT[/FLAG...], with the flags v6only, nonblock,
 * noexec (FD_CLOEXEC), keepalive, reuseport, thread (bind from another
 * thread), close (afterwards). A line is printed for each:
 * the argument, and "ok" or the error's name; and then what has become of the
 * descriptor's flags. "misuse" makes calls that must fail in the kernel's own
 * way. With "grudge" it does not end when it is told to, but ends the listening
 * of all that it has, again and again. TCP answers each connection with "KIND
 * PORT peer ADDRESS" and closes it, UDP answers with the datagram.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENDPOINTS_MAX = 32 };

struct endpoint {
	const char *argument;
	char kind[8], address[64];
	int port;
	bool udp, v6only, nonblock, noexec, keepalive, reuseport, thread, close;
	int fd;
	int error;
};

static bool parse(const char *argument, struct endpoint *endpoint)
{
	char text[128];
	char *rest = text, *word;

	*endpoint = (struct endpoint){ .argument = argument, .fd = -1 };
	(void)snprintf(text, sizeof(text), "%s", argument);
	word = strsep(&rest, ":");
	(void)snprintf(endpoint->kind, sizeof(endpoint->kind), "%s", word);
	endpoint->udp = strncmp(word, "udp", 3) == 0;
	word = strsep(&rest, "/");
	if (!word || !rest)
		return false;
	(void)snprintf(endpoint->address, sizeof(endpoint->address), "%s",
		       word);
	endpoint->port = atoi(strsep(&rest, "/"));
	while ((word = strsep(&rest, "/"))) {
		endpoint->v6only |= strcmp(word, "v6only") == 0;
		endpoint->nonblock |= strcmp(word, "nonblock") == 0;
		endpoint->noexec |= strcmp(word, "noexec") == 0;
		endpoint->keepalive |= strcmp(word, "keepalive") == 0;
		endpoint->reuseport |= strcmp(word, "reuseport") == 0;
		endpoint->thread |= strcmp(word, "thread") == 0;
		endpoint->close |= strcmp(word, "close") == 0;
	}
	return true;
}

static int option(int fd, int level, int name, bool value)
{
	int number = value;

	return setsockopt(fd, level, name, &number, sizeof(number));
}

static void set_up(struct endpoint *endpoint)
{
	bool v6 = endpoint->kind[3] == '6';
	int type = (endpoint->udp ? SOCK_DGRAM : SOCK_STREAM) |
		   (endpoint->nonblock ? SOCK_NONBLOCK : 0) |
		   (endpoint->noexec ? SOCK_CLOEXEC : 0);

	endpoint->fd = socket(v6 ? AF_INET6 : AF_INET, type, 0);
	(void)option(endpoint->fd, SOL_SOCKET, SO_REUSEADDR, true);
	(void)option(endpoint->fd, SOL_SOCKET, SO_KEEPALIVE,
		     endpoint->keepalive);
	if (endpoint->reuseport)
		(void)option(endpoint->fd, SOL_SOCKET, SO_REUSEPORT, true);
	if (v6)
		(void)option(endpoint->fd, IPPROTO_IPV6, IPV6_V6ONLY,
			     endpoint->v6only);
}

static void *bind_endpoint(void *context)
{
	struct endpoint *endpoint = context;
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)endpoint->port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port =
					    htons((uint16_t)endpoint->port) };
	bool v6 = endpoint->kind[3] == '6';
	int r;

	if (v6)
		(void)inet_pton(AF_INET6, endpoint->address, &in6.sin6_addr);
	else
		(void)inet_pton(AF_INET, endpoint->address, &in.sin_addr);
	r = v6 ? bind(endpoint->fd, (struct sockaddr *)&in6, sizeof(in6))
	       : bind(endpoint->fd, (struct sockaddr *)&in, sizeof(in));
	endpoint->error = r < 0 ? errno : 0;
	if (r == 0 && !endpoint->udp && listen(endpoint->fd, 64) < 0)
		endpoint->error = errno;
	return NULL;
}

static void tell(const struct endpoint *endpoint)
{
	int keepalive = 0;
	socklen_t length = sizeof(keepalive);

	if (endpoint->error) {
		printf("%s %s\n", endpoint->argument,
		       strerrorname_np(endpoint->error));
		return;
	}
	(void)getsockopt(endpoint->fd, SOL_SOCKET, SO_KEEPALIVE, &keepalive,
			 &length);
	printf("%s ok nonblock=%d noexec=%d keepalive=%d\n", endpoint->argument,
	       (fcntl(endpoint->fd, F_GETFL) & O_NONBLOCK) != 0,
	       (fcntl(endpoint->fd, F_GETFD) & FD_CLOEXEC) != 0, keepalive);
}

static void open_endpoint(struct endpoint *endpoint)
{
	pthread_t thread;

	set_up(endpoint);
	if (endpoint->thread &&
	    pthread_create(&thread, NULL, bind_endpoint, endpoint) == 0)
		(void)pthread_join(thread, NULL);
	else
		(void)bind_endpoint(endpoint);
	tell(endpoint);
	if (endpoint->close && !endpoint->error) {
		(void)close(endpoint->fd);
		endpoint->error = EBADF;
	}
}

static void expect(const char *what, int r)
{
	printf("misuse %s %s\n", what, r < 0 ? strerrorname_np(errno) : "ok");
}

/* What the kernel says to these calls the supervisor must say too. */
static void misuse(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(80) };
	struct sockaddr *address = (struct sockaddr *)&in;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int file = open("/", O_RDONLY);
	struct sockaddr_storage large = { .ss_family = AF_INET };

	expect("closed", bind(1000, address, sizeof(in)));
	expect("file", bind(file, address, sizeof(in)));
	expect("short", bind(fd, address, 4));
	expect("empty", bind(fd, address, 0));
	expect("negative", bind(fd, address, (socklen_t)-1));
	expect("huge", bind(fd, (struct sockaddr *)&large, 4096));
	expect("fault", bind(fd, (void *)8, sizeof(in)));
	in.sin_family = AF_INET6;
	expect("family", bind(fd, address, sizeof(in)));
	expect("listen-closed", listen(1000, 1));
	expect("listen-file", listen(file, 1));
}

static void unix_socket(void)
{
	struct sockaddr address = { .sa_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int r = bind(fd, &address, sizeof(address.sa_family));

	printf("unix %s\n", r < 0 ? strerrorname_np(errno) : "ok");
}

static void answer(const struct endpoint *endpoint)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	char text[INET6_ADDRSTRLEN] = "", line[256];
	const void *bytes;
	int fd;

	if (endpoint->udp) {
		ssize_t got =
			recvfrom(endpoint->fd, line, sizeof(line), MSG_DONTWAIT,
				 (struct sockaddr *)&peer, &length);

		if (got > 0)
			(void)sendto(endpoint->fd, line, (size_t)got, 0,
				     (struct sockaddr *)&peer, length);
		return;
	}
	fd = accept(endpoint->fd, (struct sockaddr *)&peer, &length);
	if (fd < 0)
		return;
	bytes = peer.ss_family == AF_INET
			? (void *)&((struct sockaddr_in *)&peer)->sin_addr
			: (void *)&((struct sockaddr_in6 *)&peer)->sin6_addr;
	(void)inet_ntop(peer.ss_family, bytes, text, sizeof(text));
	length = (socklen_t)snprintf(line, sizeof(line), "%s %d peer %s\n",
				     endpoint->kind, endpoint->port, text);
	(void)!write(fd, line, length);
	(void)close(fd);
}

static volatile sig_atomic_t told_to_finish;

static void remember(int signal)
{
	told_to_finish = signal;
}

static void spoil(const struct endpoint *endpoints, nfds_t count)
{
	for (;;) {
		for (nfds_t i = 0; i < count; i++)
			(void)shutdown(endpoints[i].fd, SHUT_RDWR);
		(void)usleep(10000);
	}
}

static void serve(struct endpoint *endpoints, nfds_t count)
{
	struct pollfd polled[ENDPOINTS_MAX];

	for (;;) {
		if (told_to_finish)
			spoil(endpoints, count);
		for (nfds_t i = 0; i < count; i++)
			polled[i] = (struct pollfd){
				.fd = endpoints[i].error ? -1 : endpoints[i].fd,
				.events = POLLIN,
			};
		if (poll(polled, count, -1) < 0)
			continue;
		/* Several may be one socket, which another has served. */
		for (nfds_t i = 0; i < count; i++)
			if (poll(&polled[i], 1, 0) == 1)
				answer(&endpoints[i]);
	}
}

int main(int argc, char **argv)
{
	struct endpoint endpoints[ENDPOINTS_MAX];
	nfds_t count = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc && count < ENDPOINTS_MAX; i++) {
		if (strcmp(argv[i], "misuse") == 0)
			misuse();
		else if (strcmp(argv[i], "unix") == 0)
			unix_socket();
		else if (strcmp(argv[i], "grudge") == 0)
			(void)signal(SIGTERM, remember);
		else if (parse(argv[i], &endpoints[count]))
			open_endpoint(&endpoints[count++]);
	}
	printf("done\n");
	serve(endpoints, count);
}
