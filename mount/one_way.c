#include "mount/one_way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

/* The flags in a TCP header: RFC 9293, section 3.1. */
enum { FLAGS_AT = 13, FLAG_SYN = 0x02, FLAG_ACK = 0x10 };

static int attach(int fd, struct sock_filter *filter, size_t count)
{
	struct sock_fprog program = { .len = (unsigned short)count,
				      .filter = filter };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program)) < 0
		       ? -errno
		       : 0;
}

static int attach_for_good(int fd, struct sock_filter *filter, size_t count)
{
	int r = attach(fd, filter, count), one = 1;

	if (r == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)) < 0)
		r = -errno;
	return r;
}

int one_way_closed(int fd)
{
	struct sock_filter filter[] = { BPF_STMT(BPF_RET | BPF_K, 0) };

	return attach(fd, filter, ARRAY_SIZE(filter));
}

/* A socket's filter sees the segment from its TCP header on. */
static const struct sock_filter answers_only[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_AT),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, FLAG_SYN | FLAG_ACK),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FLAG_SYN | FLAG_ACK, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
};

int one_way_tcp(int fd)
{
	struct sock_filter filter[ARRAY_SIZE(answers_only)];

	memcpy(filter, answers_only, sizeof(filter));
	return attach_for_good(fd, filter, ARRAY_SIZE(filter));
}

bool one_way_is_tcp(int fd)
{
	struct sock_filter filter[ARRAY_SIZE(answers_only)];
	socklen_t count = ARRAY_SIZE(filter), length = sizeof(int);
	int locked = 0;

	/* Of this option the length is a number of instructions. */
	return getsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, &length) ==
		       0 &&
	       locked == 1 &&
	       getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, filter, &count) == 0 &&
	       count == ARRAY_SIZE(filter) &&
	       memcmp(filter, answers_only, sizeof(filter)) == 0;
}

/* Where the words of the sender's address are in the IP header: RFC 791 and
 * RFC 8200, section 3 of each. */
static uint32_t address_at(bool ipv6, size_t word)
{
	uint32_t begin = ipv6 ? 8 : 12;

	return (uint32_t)SKF_NET_OFF + begin + 4 * (uint32_t)word;
}

int one_way_to_peer(int fd, const struct socket_address *peer)
{
	/* TCP and UDP headers begin with the sender's port. */
	struct sock_filter filter[2 * 5 + 2];
	bool ipv6 = peer->family == AF_INET6;
	size_t words = ipv6 ? 4 : 1, count = 0, end = 2 * words + 2;

	filter[count++] =
		(struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0);
	for (size_t i = 0; i <= words; i++) {
		uint32_t wanted = peer->port;

		if (i > 0) {
			memcpy(&wanted, peer->bytes + 4 * (i - 1), 4);
			wanted = ntohl(wanted);
			filter[count++] = (struct sock_filter)BPF_STMT(
				BPF_LD | BPF_W | BPF_ABS,
				address_at(ipv6, i - 1));
		}
		/* Past the acceptance, to the drop. */
		filter[count] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, wanted, 0,
			(uint8_t)(end - count));
		count++;
	}
	filter[count++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	return attach_for_good(fd, filter, count);
}
