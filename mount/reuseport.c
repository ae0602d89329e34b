#include "mount/reuseport.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set(int fd, int value)
{
	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, sizeof(value)) <
			       0
		       ? -errno
		       : 0;
}

int reuseport_allow(int old, int fresh)
{
	int r = set(old, 1);

	return r < 0 ? r : set(fresh, 1);
}

void reuseport_forbid(int fd)
{
	(void)set(fd, 0);
}

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	int r = (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return r < 0 ? -errno : r;
}

/* Its one entry is the socket that is preferred; the kernel takes it out when
 * that is closed. */
int reuseport_map(void)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = BPF_MAP_TYPE_REUSEPORT_SOCKARRAY;
	attributes.key_size = sizeof(uint32_t);
	attributes.value_size = sizeof(uint64_t);
	attributes.max_entries = 1;
	return bpf(BPF_MAP_CREATE, &attributes);
}

static int act(enum bpf_cmd command, int map, uint64_t *value)
{
	union bpf_attr attributes;
	uint32_t key = 0;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_fd = (uint32_t)map;
	attributes.key = (uint64_t)(uintptr_t)&key;
	attributes.value = (uint64_t)(uintptr_t)value;
	attributes.flags = command == BPF_MAP_UPDATE_ELEM ? BPF_ANY : 0;
	return bpf(command, &attributes);
}

/* What is read from the map is the socket's cookie. */
static bool is_preferred(int map, int fd)
{
	socklen_t length = sizeof(uint64_t);
	uint64_t cookie = 0, preferred = 0;

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 &&
	       act(BPF_MAP_LOOKUP_ELEM, map, &preferred) == 0 &&
	       preferred == cookie;
}

int reuseport_prefer(int map, int fd)
{
	uint64_t value = (uint64_t)fd;
	int r = act(BPF_MAP_UPDATE_ELEM, map, &value);

	/* One that is in a map cannot be put into it again. */
	return r == -EBUSY && is_preferred(map, fd) ? 0 : r;
}

#define INSTRUCTION(operation, to, from, where, number)                        \
	{                                                                      \
		.code = (operation), .dst_reg = (to), .src_reg = (from),       \
		.off = (where), .imm = (number)                                \
	}

/* bpf_sk_select_reuseport(context, map, &key, 0); return SK_PASS. Where the
 * map has nobody any more the kernel chooses. */
static int load(int map)
{
	const struct bpf_insn program[] = {
		INSTRUCTION(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSTRUCTION(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2,
			    BPF_PSEUDO_MAP_FD, 0, map),
		INSTRUCTION(0, 0, 0, 0, 0),
		INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_10,
			    0, 0),
		INSTRUCTION(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, 0, -4),
		INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, 0),
		INSTRUCTION(BPF_JMP | BPF_CALL, 0, 0, 0,
			    BPF_FUNC_sk_select_reuseport),
		INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0,
			    SK_PASS),
		INSTRUCTION(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	static const char license[] = "GPL";
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_SK_REUSEPORT;
	attributes.expected_attach_type = BPF_SK_REUSEPORT_SELECT_OR_MIGRATE;
	attributes.insns = (uint64_t)(uintptr_t)program;
	attributes.insn_cnt = ARRAY_SIZE(program);
	attributes.license = (uint64_t)(uintptr_t)license;
	return bpf(BPF_PROG_LOAD, &attributes);
}

/* One that is not bound needs the option to be put into a group of its own. */
int reuseport_attach(int fd, int map)
{
	CLEANUP_CLOSE int program = load(map);
	int r = program < 0 ? program : set(fd, 1);

	if (r == 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF,
				 &program, sizeof(program)) < 0)
		r = -errno;
	return r;
}

int reuseport_check(void)
{
	CLEANUP_CLOSE int map = reuseport_map();
	CLEANUP_CLOSE int program = -1;

	if (map < 0)
		return map;
	program = load(map);
	return program < 0 ? program : 0;
}
