#include "mount/one_way.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

/* The flags in a TCP header: RFC 9293, section 3.1. */
enum { FLAGS_AT = 13, FLAG_SYN = 0x02, FLAG_ACK = 0x10 };

int one_way_tcp(int fd)
{
	/* A socket's filter sees the segment from its TCP header on. */
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_AT),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, FLAG_SYN | FLAG_ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FLAG_SYN | FLAG_ACK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = { .len = ARRAY_SIZE(filter),
				      .filter = filter };
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof(one)) < 0)
		return -errno;
	return 0;
}
