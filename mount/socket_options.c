#include "mount/socket_options.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/*
 * What a service may have set on its socket before bind() and would miss on
 * ours. Carried over each time, defaults too: that also takes back what an
 * intruder in the generation before did to the socket.
 */
static const struct {
	int domain, type; /* 0: any */
	int level, name;
} carried_options[] = {
	{ 0, 0, SOL_SOCKET, SO_KEEPALIVE },
	{ 0, 0, SOL_SOCKET, SO_BROADCAST },
	{ 0, 0, SOL_SOCKET, SO_TIMESTAMP },
	{ 0, 0, SOL_SOCKET, SO_RCVLOWAT },
	{ 0, 0, SOL_SOCKET, SO_BUSY_POLL },
	{ 0, 0, SOL_SOCKET, SO_DONTROUTE },
	{ 0, 0, SOL_SOCKET, SO_PRIORITY },
	{ 0, 0, SOL_SOCKET, SO_MAX_PACING_RATE },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_NODELAY },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_FASTOPEN },
	{ 0, SOCK_STREAM, IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ 0, 0, IPPROTO_IP, IP_TOS },
	{ 0, 0, IPPROTO_IP, IP_TTL },
	{ 0, 0, IPPROTO_IP, IP_MINTTL },
	{ AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_PKTINFO },
	{ AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_RECVTTL },
	{ AF_INET, 0, IPPROTO_IP, IP_MTU_DISCOVER },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_IPV6, IPV6_RECVPKTINFO },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_TCLASS },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_MINHOPCOUNT },
	{ AF_INET6, 0, IPPROTO_IPV6, IPV6_MTU_DISCOVER },
};

static void carry_options(const struct caller *caller, int fd)
{
	int flags = fcntl(caller->socket, F_GETFL);
	struct linger linger;
	socklen_t length = sizeof(linger);

	(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(carried_options); i++) {
		int level = carried_options[i].level;
		int name = carried_options[i].name;
		int value;

		length = sizeof(value);
		if ((carried_options[i].domain &&
		     carried_options[i].domain != caller->domain) ||
		    (carried_options[i].type &&
		     carried_options[i].type != caller->type))
			continue;
		if (getsockopt(caller->socket, level, name, &value, &length) ==
		    0)
			(void)setsockopt(fd, level, name, &value, length);
	}
	length = sizeof(linger);
	if (getsockopt(caller->socket, SOL_SOCKET, SO_LINGER, &linger,
		       &length) == 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, length);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags);
}

/* The kernel gives twice what was asked for and wants what is to be asked
 * for; SO_BUF_LOCK tells whether anything was. */
static void carry_buffers(const struct caller *caller, int fd)
{
	static const struct {
		int name, lock;
	} buffers[] = { { SO_SNDBUF, 1 }, { SO_RCVBUF, 2 } };
	socklen_t length = sizeof(int);
	int locks;

	if (getsockopt(caller->socket, SOL_SOCKET, SO_BUF_LOCK, &locks,
		       &length) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(buffers); i++) {
		int size;

		length = sizeof(size);
		if (!(locks & buffers[i].lock) ||
		    getsockopt(caller->socket, SOL_SOCKET, buffers[i].name,
			       &size, &length) < 0)
			continue;
		size /= 2;
		(void)setsockopt(fd, SOL_SOCKET, buffers[i].name, &size,
				 sizeof(size));
	}
}

void socket_options_carry(const struct caller *caller, int fd)
{
	carry_options(caller, fd);
	carry_buffers(caller, fd);
}
