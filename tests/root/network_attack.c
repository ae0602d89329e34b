/*
 * What an intruder with every power in the jail tries on the network that is
 * the jail's own. Prints a line for each way: its name and either the errno
 * that it failed with, or "done" if the kernel said yes; whether anything got
 * out is then for the other side to tell.
 *
 *   network_attack OWN PEER PORT STRANGER PORT STRANGER6
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in own, peer, stranger;

static void tell(const char *name, long result)
{
	printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "done");
	(void)fflush(stdout);
}

static struct sockaddr_in read_address(const char *host, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	in.sin_port = htons((uint16_t)atoi(port));
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		abort();
	return in;
}

static int make(int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	const struct timeval patience = { .tv_sec = 2 };

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
				 sizeof(patience));
	return fd;
}

static void open_sockets(void)
{
	tell("raw", make(AF_INET, SOCK_RAW, IPPROTO_RAW));
	tell("raw-icmp", make(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	tell("raw-tcp6", make(AF_INET6, SOCK_RAW, IPPROTO_TCP));
	tell("ping", make(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	tell("packet", make(AF_PACKET, SOCK_RAW, 0));
	tell("netfilter", make(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
}

/* --- The interface -------------------------------------------------------- */

static void change_interface(void)
{
	struct ifreq request = { .ifr_name = "eth0" };
	struct sockaddr_in other = own;
	int fd = make(AF_INET, SOCK_DGRAM, 0);

	other.sin_addr.s_addr ^= htonl(3);
	memcpy(&request.ifr_addr, &other, sizeof(other));
	tell("ioctl-address", ioctl(fd, SIOCSIFADDR, &request));
	request.ifr_flags = 0;
	tell("ioctl-down", ioctl(fd, SIOCSIFFLAGS, &request));
	request.ifr_flags = IFF_UP | IFF_PROMISC;
	tell("ioctl-promiscuous", ioctl(fd, SIOCSIFFLAGS, &request));
	memset(&request.ifr_hwaddr, 0, sizeof(request.ifr_hwaddr));
	request.ifr_hwaddr.sa_family = 1;
	request.ifr_hwaddr.sa_data[5] = 7;
	tell("ioctl-mac", ioctl(fd, SIOCSIFHWADDR, &request));
}

/* An order by rtnetlink, and what the kernel answers. */
static int order(struct nlmsghdr *message)
{
	int fd = make(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	char answer[4096] __attribute__((aligned(4)));
	struct nlmsghdr *header = (void *)answer;
	const struct nlmsgerr *error = NLMSG_DATA(header);

	if (fd < 0 || send(fd, message, message->nlmsg_len, 0) < 0 ||
	    recv(fd, answer, sizeof(answer), 0) < 0)
		return -1;
	errno = -error->error;
	return errno ? -1 : 0;
}

static void change_by_netlink(void)
{
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg body;
		struct rtattr attribute;
		struct in_addr address;
	} address = {
		.header = { .nlmsg_len = sizeof(address),
			    .nlmsg_type = RTM_NEWADDR,
			    .nlmsg_flags =
				    NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
		.body = { .ifa_family = AF_INET,
			  .ifa_prefixlen = 24,
			  .ifa_index = if_nametoindex("eth0") },
		.attribute = { .rta_len = RTA_LENGTH(4),
			       .rta_type = IFA_LOCAL },
		.address = stranger.sin_addr,
	};
	struct {
		struct nlmsghdr header;
		struct rtmsg body;
		struct rtattr attribute;
		uint32_t interface;
	} route = {
		.header = { .nlmsg_len = sizeof(route),
			    .nlmsg_type = RTM_NEWROUTE,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
					   NLM_F_CREATE | NLM_F_REPLACE },
		.body = { .rtm_family = AF_INET,
			  .rtm_table = RT_TABLE_MAIN,
			  .rtm_type = RTN_UNICAST,
			  .rtm_scope = RT_SCOPE_LINK },
		.attribute = { .rta_len = RTA_LENGTH(4), .rta_type = RTA_OIF },
		.interface = if_nametoindex("eth0"),
	};
	struct {
		struct nlmsghdr header;
		struct ifinfomsg body;
	} link = {
		.header = { .nlmsg_len = sizeof(link),
			    .nlmsg_type = RTM_DELLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.body = { .ifi_index = (int)if_nametoindex("eth0") },
	};

	tell("netlink-address", order(&address.header));
	tell("netlink-route", order(&route.header));
	tell("netlink-delete", order(&link.header));
}

/* --- Out ------------------------------------------------------------------ */

static int call(const struct sockaddr_in *whom)
{
	int fd = make(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (const void *)whom, sizeof(*whom));
}

static long send_to(int fd, const struct sockaddr_in *whom, int flags)
{
	return sendto(fd, "hello", 5, flags, (const void *)whom, sizeof(*whom));
}

/* By way of somebody who may be called: RFC 791, loose source route. */
static void route_by_source(void)
{
	unsigned char option[8] = { 1, 131, 7, 4 };
	int fd = make(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in in = stranger;

	memcpy(option + 4, &peer.sin_addr, 4);
	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, option, sizeof(option)) < 0)
		return tell("source-route", -1);
	in.sin_port = peer.sin_port;
	tell("source-route", connect(fd, (const void *)&in, sizeof(in)));
}

static void spoof(const char *name, int option)
{
	int fd = make(AF_INET, SOCK_DGRAM, 0), one = 1;
	struct sockaddr_in source = own;

	source.sin_addr.s_addr ^= htonl(3);
	source.sin_port = 0;
	if (setsockopt(fd, IPPROTO_IP, option, &one, sizeof(one)) < 0 ||
	    bind(fd, (const void *)&source, sizeof(source)) < 0)
		return tell(name, -1);
	tell(name, send_to(fd, &peer, 0));
}

static void spoof_packet_info(void)
{
	struct iovec vector = { "hello", 5 };
	union {
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = { .msg_name = &peer,
				  .msg_namelen = sizeof(peer),
				  .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	struct in_pktinfo info = { .ipi_spec_dst = stranger.sin_addr };

	header->cmsg_level = IPPROTO_IP;
	header->cmsg_type = IP_PKTINFO;
	header->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(header), &info, sizeof(info));
	tell("spoof-pktinfo",
	     sendmsg(make(AF_INET, SOCK_DGRAM, 0), &message, 0));
}

static void broadcast(void)
{
	int fd = make(AF_INET, SOCK_DGRAM, 0), one = 1;
	struct sockaddr_in all = stranger;

	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	all.sin_addr.s_addr = INADDR_BROADCAST;
	tell("broadcast", send_to(fd, &all, 0));
	all.sin_addr.s_addr = htonl(0xe0000001);
	tell("multicast", send_to(fd, &all, 0));
}

static void go_out_by_ipv6(const char *stranger6)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = stranger.sin_port };
	int index = (int)if_nametoindex("eth0");
	int fd = make(AF_INET6, SOCK_DGRAM, 0);

	if (inet_pton(AF_INET6, stranger6, &in6.sin6_addr) != 1)
		abort();
	tell("tcp6-stranger", connect(make(AF_INET6, SOCK_STREAM, 0),
				      (const void *)&in6, sizeof(in6)));
	tell("udp6-stranger",
	     sendto(fd, "hello", 5, 0, (const void *)&in6, sizeof(in6)));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index,
			 sizeof(index));
	(void)inet_pton(AF_INET6, "ff02::1", &in6.sin6_addr);
	in6.sin6_scope_id = (uint32_t)index;
	tell("multicast6",
	     sendto(fd, "hello", 5, 0, (const void *)&in6, sizeof(in6)));
	tell("ping6", make(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6));
}

/* Protocols that nobody thinks of. */
static void go_out_by_others(void)
{
	static const struct {
		const char *name;
		int type, protocol;
	} others[] = {
		{ "udplite", SOCK_DGRAM, IPPROTO_UDPLITE },
		{ "sctp", SOCK_SEQPACKET, IPPROTO_SCTP },
		{ "dccp", SOCK_DCCP, IPPROTO_DCCP },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		int fd = make(AF_INET, others[i].type, others[i].protocol);

		tell(others[i].name, fd < 0 ? fd : send_to(fd, &peer, 0));
	}
}

static void go_out(void)
{
	struct sockaddr_in wrong = peer;

	tell("tcp-stranger", call(&stranger));
	wrong.sin_port = htons((uint16_t)(ntohs(peer.sin_port) + 1));
	tell("tcp-other-port", call(&wrong));
	tell("udp-stranger",
	     send_to(make(AF_INET, SOCK_DGRAM, 0), &stranger, 0));
	tell("udp-peer", send_to(make(AF_INET, SOCK_DGRAM, 0), &peer, 0));
	tell("fast-open",
	     send_to(make(AF_INET, SOCK_STREAM, 0), &stranger, MSG_FASTOPEN));
	route_by_source();
	spoof("spoof-freebind", IP_FREEBIND);
	spoof("spoof-transparent", IP_TRANSPARENT);
	spoof_packet_info();
	broadcast();
}

static void escape(void)
{
	tell("unshare", unshare(CLONE_NEWNET));
	tell("setns", setns(open("/proc/1/ns/net", O_RDONLY), CLONE_NEWNET));
	tell("bind-device", setsockopt(make(AF_INET, SOCK_STREAM, 0),
				       SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	own = read_address(argv[1], "80");
	peer = read_address(argv[2], argv[3]);
	stranger = read_address(argv[4], argv[5]);
	open_sockets();
	change_interface();
	change_by_netlink();
	go_out();
	go_out_by_ipv6(argv[6]);
	go_out_by_others();
	escape();
	tell("peer", call(&peer));
	return 0;
}
