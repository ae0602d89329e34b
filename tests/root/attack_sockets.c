/* Sockets: families, protocols, ways out, and what a network consists of. */
#include "attack.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	FAMILIES = 64,	 /* past AF_MAX */
	PROTOCOLS = 300, /* past IPPROTO_MPTCP */
	NETLINKS = 32,
	MPTCP = 262,
};

static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET,
			     SOCK_RDM };

/* HOLDS, or the number of what was opened. */
static long opens(int family, int protocol)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		int fd = socket(family, types[i], protocol);

		if (fd < 0)
			continue;
		(void)close(fd);
		return 1;
	}
	return HOLDS;
}

long other_families(void)
{
	for (int family = 1; family < FAMILIES; family++) {
		bool known = family == AF_UNIX || family == AF_INET ||
			     family == AF_INET6 || family == AF_NETLINK;

		for (int protocol = 0; !known && protocol < 8; protocol++)
			if (opens(family, protocol) != HOLDS)
				return family;
	}
	return HOLDS;
}

long other_protocols(void)
{
	for (int protocol = 1; protocol < PROTOCOLS; protocol++) {
		bool known = protocol == IPPROTO_TCP ||
			     protocol == IPPROTO_UDP || protocol == MPTCP;

		if (!known && (opens(AF_INET, protocol) != HOLDS ||
			       opens(AF_INET6, protocol) != HOLDS))
			return protocol;
	}
	return HOLDS;
}

long other_netlinks(void)
{
	for (int protocol = 1; protocol < NETLINKS; protocol++)
		if (opens(AF_NETLINK, protocol) != HOLDS)
			return protocol;
	return HOLDS;
}

/* --- Ways out ------------------------------------------------------------- */

static long call_ipv6(int type)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons(53) };
	int fd = socket(AF_INET6, type, 0);

	/* 2001:db8::1, RFC 3849 */
	memcpy(&address.sin6_addr, "\x20\x01\x0d\xb8", 4);
	address.sin6_addr.s6_addr[15] = 1;
	return connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

/* Landlock says so first, where the kernel has it; and a network without an
 * interface has no address to call from either. */
static long unreachable(long result)
{
	if (result < 0 && (errno == EACCES || errno == EADDRNOTAVAIL))
		errno = ENETUNREACH;
	return result;
}

long call_out_ipv6(void)
{
	return unreachable(call_ipv6(SOCK_STREAM));
}

long datagram_out_ipv6(void)
{
	return unreachable(call_ipv6(SOCK_DGRAM));
}

static long datagram_to(uint32_t host)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(53),
					     .sin_addr.s_addr = htonl(host) };

	return sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0,
		      (const struct sockaddr *)&address, sizeof(address));
}

/* 192.0.2.1, RFC 5737 */
long datagram_out(void)
{
	return datagram_to(0xc0000201);
}

long datagram_to_loopback(void)
{
	return datagram_to(INADDR_LOOPBACK);
}

long datagram_to_all(void)
{
	return datagram_to(INADDR_BROADCAST);
}

long echo_request(void)
{
	return socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

/* Of the host's abstract sockets the environment names one. */
long abstract_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = getenv("ABSTRACT");

	if (!name)
		return 1;
	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s",
		       name);
	return connect(socket(AF_UNIX, SOCK_STREAM, 0),
		       (const struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				   strlen(name)));
}

/* --- The network itself --------------------------------------------------- */

/* What the kernel answers to a message: -1 and errno. */
static long route(unsigned short type, const void *body, size_t length)
{
	struct {
		struct nlmsghdr header;
		char body[64];
	} message = {
		.header = { .nlmsg_len = NLMSG_LENGTH(length),
			    .nlmsg_type = type,
			    .nlmsg_flags =
				    NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	memcpy(message.body, body, length);
	if (send(fd, &message, message.header.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		return -1;
	(void)close(fd);
	errno = -answer.error.error;
	return errno ? -1 : 0;
}

long raise_by_netlink(void)
{
	const struct ifinfomsg link = {
		.ifi_index = 1,
		.ifi_flags = 1, /* IFF_UP */
		.ifi_change = 1,
	};

	return route(RTM_NEWLINK, &link, sizeof(link));
}

long address_by_netlink(void)
{
	const struct ifaddrmsg address = { .ifa_family = AF_INET,
					   .ifa_prefixlen = 8,
					   .ifa_index = 1 };

	return route(RTM_NEWADDR, &address, sizeof(address));
}

long route_by_netlink(void)
{
	const struct rtmsg entry = { .rtm_family = AF_INET,
				     .rtm_table = RT_TABLE_MAIN,
				     .rtm_type = RTN_UNICAST };

	return route(RTM_NEWROUTE, &entry, sizeof(entry));
}

long mark_packets(void)
{
	int mark = 1;

	return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, SO_MARK,
			  &mark, sizeof(mark));
}

long bind_to_device(void)
{
	return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET,
			  SO_BINDTODEVICE, "lo", 2);
}

long any_address(void)
{
	int one = 1;

	return setsockopt(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_IP,
			  IP_TRANSPARENT, &one, sizeof(one));
}
