/*
 * A UDP service that does what it is told: udp_out PORT...
 *
 * To "ADDRESS PORT" it sends "called" to there, from the port that it was
 * asked at, to "options ADDRESS PORT" with a source route; the answer is "ok"
 * or the error's name. "misuse" tries to be rid of the socket's filter.
 * Everything else is answered as it is.
 *
 *   udp_out call PEER PORT OTHER PORT
 *
 * calls the peer, and tries in every way that there is to reach the other with
 * the socket that it got for that. What came of each is printed, a line each.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

static int serve(int argc, char *argv[])
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

/* --- A socket for a peer ---------------------------------------------------
 */

struct target {
	struct sockaddr_storage address;
	socklen_t length;
};

static struct target target(const char *address, const char *port)
{
	struct target target = { .length = sizeof(struct sockaddr_in) };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port =
					  htons((unsigned short)atoi(port)) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = in.sin_port };

	if (inet_pton(AF_INET, address, &in.sin_addr) == 1) {
		memcpy(&target.address, &in, sizeof(in));
	} else if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1) {
		memcpy(&target.address, &in6, sizeof(in6));
		target.length = sizeof(in6);
	}
	return target;
}

static struct sockaddr *sockaddr_of(struct target *target)
{
	return (struct sockaddr *)&target->address;
}

static long by_sendto(int fd, struct target *to)
{
	return sendto(fd, "called", 6, 0, sockaddr_of(to), to->length);
}

static struct msghdr message_to(struct target *to, struct iovec *part)
{
	*part = (struct iovec){ (void *)(uintptr_t) "called", 6 };
	return (struct msghdr){ .msg_name = &to->address,
				.msg_namelen = to->length,
				.msg_iov = part,
				.msg_iovlen = 1 };
}

static long by_sendmsg(int fd, struct target *to)
{
	struct iovec part;
	struct msghdr message = message_to(to, &part);

	return sendmsg(fd, &message, 0);
}

static long by_sendmmsg(int fd, struct target *to)
{
	struct iovec part;
	struct mmsghdr message = { .msg_hdr = message_to(to, &part) };

	return sendmmsg(fd, &message, 1, 0);
}

/* In two parts, of which the first has the address. */
static long by_cork(int fd, struct target *to)
{
	if (sendto(fd, "cal", 3, MSG_MORE, sockaddr_of(to), to->length) < 0)
		return -1;
	return send(fd, "led", 3, 0);
}

static long by_options(int fd, struct target *to)
{
	const unsigned char route[] = { 7, 7, 4, 0, 0, 0, 0, 0 };
	long r;

	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof(route)) < 0)
		return -1;
	r = by_sendto(fd, to);
	(void)setsockopt(fd, IPPROTO_IP, IP_OPTIONS, NULL, 0);
	return r;
}

/* Dissolved, and then used as one that is not connected. */
static long by_dissolving(int fd, struct target *to)
{
	const struct sockaddr nothing = { .sa_family = AF_UNSPEC };

	if (connect(fd, &nothing, sizeof(nothing)) < 0)
		return -1;
	return by_sendto(fd, to);
}

static long by_connecting(int fd, struct target *to)
{
	if (connect(fd, sockaddr_of(to), to->length) < 0)
		return -1;
	return send(fd, "called", 6, 0);
}

/* Another process, which has the socket by a message. */
static long by_passing(int fd, struct target *to)
{
	char room[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { (void *)(uintptr_t) "x", 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pair[2], status = 0, error = 0;
	char byte;

	*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
				    .cmsg_level = SOL_SOCKET,
				    .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return -1;
	if (fork() == 0) {
		(void)close(fd);
		part.iov_base = &byte;
		if (recvmsg(pair[1], &message, 0) != 1)
			_exit(EPROTO);
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
		_exit(by_sendto(fd, to) < 0 ? errno : 0);
	}
	if (sendmsg(pair[0], &message, 0) != 1)
		return -1;
	(void)wait(&status);
	error = WEXITSTATUS(status);
	errno = error;
	return error ? -1 : 0;
}

static int call_peer(char **arguments)
{
	static const struct {
		const char *name;
		long (*try)(int fd, struct target *to);
	} ways[] = {
		{ "sendto", by_sendto },	{ "sendmsg", by_sendmsg },
		{ "sendmmsg", by_sendmmsg },	{ "passed on", by_passing },
		{ "dissolved", by_dissolving }, { "connected", by_connecting },
	};
	struct target peer = target(arguments[0], arguments[1]);
	struct target other = target(arguments[2], arguments[3]);
	int fd = socket(peer.address.ss_family, SOCK_DGRAM, 0);
	printf("connect: %s\n",
	       name(connect(fd, sockaddr_of(&peer), peer.length)));
	printf("send: %s\n", name(send(fd, "called", 6, 0)));
	printf("sendto: %s\n", name(by_sendto(fd, &peer)));
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		printf("other, %s: %s\n", ways[i].name,
		       name(ways[i].try(fd, &other)));
	printf("send again: %s\n", name(send(fd, "called", 6, 0)));
	printf("other, options: %s\n", name(by_options(fd, &other)));
	printf("other, cork: %s\n", name(by_cork(fd, &other)));
	/* The kernel then takes the other for the one it is connected to. */
	printf("send, after cork: %s\n", name(send(fd, "called", 6, 0)));
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc == 6 && strcmp(argv[1], "call") == 0)
		return call_peer(argv + 2);
	return serve(argc, argv);
}
