/*
 * A UDP service that does what it is told: udp_out PORT...
 *
 * To "ADDRESS PORT" it sends "called" to there, from the port that it was
 * asked at, to "options ADDRESS PORT" with a source route; the answer is "ok"
 * or the error's name. "misuse" tries to be rid of the socket's filter.
 * Everything else is answered as it is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS_MAX = 4 };

static const char *name(long r)
{
	return r < 0 ? strerrorname_np(errno) : "ok";
}

static const char *call(int fd, const char *address, int port)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons((unsigned short)port) };
	char mapped[128];

	(void)snprintf(mapped, sizeof(mapped), "%s%s",
		       strchr(address, ':') ? "" : "::ffff:", address);
	if (inet_pton(AF_INET6, mapped, &in6.sin6_addr) != 1)
		return "no address";
	return name(sendto(fd, "called", 6, 0, (struct sockaddr *)&in6,
			   sizeof(in6)));
}

static const char *call_with_options(int fd, const char *address, int port)
{
	/* Record the route, and an end: RFC 791. */
	const unsigned char route[] = { 7, 7, 4, 0, 0, 0, 0, 0 };
	const char *result;

	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof(route)) < 0)
		return name(-1);
	result = call(fd, address, port);
	(void)setsockopt(fd, IPPROTO_IP, IP_OPTIONS, NULL, 0);
	return result;
}

static void answer(int fd)
{
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	char text[128], address[64];
	const char *result = text;
	ssize_t got = recvfrom(fd, text, sizeof(text) - 1, 0,
			       (struct sockaddr *)&peer, &length);
	int port = 0;

	if (got < 0)
		return;
	text[got] = '\0';
	if (strcmp(text, "misuse") == 0)
		result = name(setsockopt(fd, SOL_SOCKET, SO_DETACH_BPF, &port,
					 sizeof(port)));
	else if (sscanf(text, "options %63s %d", address, &port) == 2)
		result = call_with_options(fd, address, port);
	else if (sscanf(text, "%63s %d", address, &port) == 2)
		result = call(fd, address, port);
	(void)sendto(fd, result, strlen(result), 0, (struct sockaddr *)&peer,
		     length);
}

int main(int argc, char *argv[])
{
	struct pollfd polled[PORTS_MAX];
	nfds_t count = 0;

	for (int i = 1; i < argc && count < PORTS_MAX; i++) {
		struct sockaddr_in6 in6 = {
			.sin6_family = AF_INET6,
			.sin6_port = htons((unsigned short)atoi(argv[i])),
		};
		int fd = socket(AF_INET6, SOCK_DGRAM, 0);

		if (bind(fd, (struct sockaddr *)&in6, sizeof(in6)) < 0) {
			perror(argv[i]);
			return 1;
		}
		polled[count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	while (poll(polled, count, -1) >= 0)
		for (nfds_t i = 0; i < count; i++)
			if (polled[i].revents)
				answer(polled[i].fd);
	return 1;
}
