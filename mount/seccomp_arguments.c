/*
 * What is allowed or refused by arguments.
 *
 * Some of what is refused is what an ordinary program tries and does without:
 * that stays between the program and the filter. The rest nobody tries by
 * chance.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "mount/seccomp_emit.h"

enum {
	/* vsftpd tries these at each of its processes. */
	NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
			 CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET,
	NEW_TIME_NAMESPACE = 0x80, /* CLONE_NEWTIME: of unshare alone */
	PERSONALITY_QUERY = -1,
	PERSONALITY_LINUX = 0,
	SHARED_MEMORY_EXECUTABLE = SHM_EXEC,
	MAKES_A_FILE = O_CREAT | (O_TMPFILE & ~O_DIRECTORY),
	TCP_AO_ADD_KEY_NUMBER = 38, /* TCP_AO_ADD_KEY, Linux 6.7 */
	MPTCP_PROTOCOL = 262,	    /* IPPROTO_MPTCP */
	PID_OF_INIT = 1,
	INTERFACE_CALLS = SIOCGIFNAME, /* linux/sockios.h has all of them */
	INTERFACE_CALLS_END = 0x8a00,
	EXECUTE_PASS = 5, /* an argument that execve(2) has not */
};

/* All arguments that are looked at are of 32 bits for the kernel, which
 * ignores the upper half of the register: so must we. */
static void emit_load_argument(struct compiler *compiler, unsigned int index)
{
	size_t offset =
		offsetof(struct seccomp_data, args) + index * sizeof(uint64_t);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	offset += sizeof(uint32_t);
#endif
	emit(compiler, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    (uint32_t)offset));
}

/* Half of an argument; `second` as it lies in memory. */
static void emit_load_half(struct compiler *compiler, unsigned int index,
			   bool second)
{
	size_t offset = offsetof(struct seccomp_data, args) +
			index * sizeof(uint64_t) +
			(second ? sizeof(uint32_t) : 0);

	emit(compiler, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    (uint32_t)offset));
}

/* Go on if any of these bits is set in the argument, else skip the next. */
static void emit_unless_bits_skip(struct compiler *compiler, uint32_t bits)
{
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						    bits, 0, 1));
}

/* Fail with `error` if any of these bits is set in the argument. */
static void emit_check_bits(struct compiler *compiler, unsigned int index,
			    uint32_t bits, int error)
{
	emit_load_argument(compiler, index);
	emit_unless_bits_skip(compiler, bits);
	emit_errno(compiler, error);
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

/* The same, for what nobody does by chance. */
static void emit_refuse_bits(struct compiler *compiler, unsigned int index,
			     uint32_t bits)
{
	emit_load_argument(compiler, index);
	emit_unless_bits_skip(compiler, bits);
	emit_refusal(compiler, EPERM);
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

/* A user namespace is where most ways to the kernel's holes begin; of the
 * others a server may try to have some. */
static void emit_check_clone(struct compiler *compiler)
{
	emit_load_argument(compiler, 0);
	emit_unless_bits_skip(compiler, CLONE_NEWUSER);
	emit_refusal(compiler, EPERM);
	emit_unless_bits_skip(compiler, NEW_NAMESPACES);
	emit_errno(compiler, EPERM);
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

/* Of interfaces a sealed jail has none, and a socket of the host's would tell
 * of the host's. */
static void emit_check_ioctl(struct compiler *compiler)
{
	static const uint32_t refused[] = { TIOCSTI, TIOCLINUX };

	emit_load_argument(compiler, 1);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		emit_unless_equal_skip(compiler, refused[i], 1);
		emit_refusal(compiler, EPERM);
	}
	if (compiler->sealed) {
		emit(compiler,
		     (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						  INTERFACE_CALLS, 0, 2));
		emit(compiler,
		     (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						  INTERFACE_CALLS_END, 1, 0));
		emit_errno(compiler, EPERM);
	}
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

static void emit_check_personality(struct compiler *compiler)
{
	static const uint32_t allowed[] = {
		PERSONALITY_LINUX,
		(uint32_t)PERSONALITY_QUERY,
	};

	emit_load_argument(compiler, 0);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		emit_unless_equal_skip(compiler, allowed[i], 1);
		emit_return(compiler, SECCOMP_RET_ALLOW);
	}
	emit_errno(compiler, EPERM);
}

/* Of the internet's protocols those that services speak, and that are no
 * module which the kernel would load for whoever asks. */
static void emit_check_protocol(struct compiler *compiler)
{
	static const uint32_t allowed[] = {
		0,
		IPPROTO_TCP,
		IPPROTO_UDP,
		IPPROTO_ICMP,
		IPPROTO_ICMPV6,
		MPTCP_PROTOCOL,
	};

	emit_load_argument(compiler, 2);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		emit_unless_equal_skip(compiler, allowed[i], 1);
		emit_return(compiler, SECCOMP_RET_ALLOW);
	}
	emit_errno(compiler, EPROTONOSUPPORT);
}

/*
 * Of netlink only what getifaddrs() and getaddrinfo() ask. Of the others some
 * are looked for by tools that list every network there is; those that are
 * named here have nothing to give to a service, but holes to whoever is after
 * the kernel.
 */
static void emit_check_socket(struct compiler *compiler)
{
	static const uint32_t suspicious[] = {
		AF_KEY,	 AF_PACKET,    AF_RDS, AF_LLC, AF_CAN,
		AF_TIPC, AF_BLUETOOTH, AF_ALG, AF_NFC, AF_VSOCK,
		AF_KCM,	 AF_QIPCRTR,   AF_SMC, AF_XDP, AF_MCTP,
	};

	emit_load_argument(compiler, 0);
	emit_unless_equal_skip(compiler, AF_UNIX, 1);
	emit_return(compiler, SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < ARRAY_SIZE(suspicious); i++) {
		emit_unless_equal_skip(compiler, suspicious[i], 1);
		emit_refusal(compiler, EAFNOSUPPORT);
	}
	emit_unless_equal_skip(compiler, AF_NETLINK, 4);
	emit_load_argument(compiler, 2);
	emit_unless_equal_skip(compiler, NETLINK_ROUTE, 1);
	emit_return(compiler, SECCOMP_RET_ALLOW);
	emit_errno(compiler, EAFNOSUPPORT);
	/* Past the refusal to the protocols. */
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						    AF_INET, 2, 0));
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						    AF_INET6, 1, 0));
	emit_errno(compiler, EAFNOSUPPORT);
	emit_check_protocol(compiler);
}

/*
 * A dump that goes to a program of the host's is made whatever the limit is,
 * unless it is 1, which rlimits.c sets: see core(5). Whoever sets another is
 * told that it is done; there are no dumps, as they wish, or as it has to be.
 */
static void emit_keep_core_limit(struct compiler *compiler, unsigned int index,
				 bool may_ask)
{
	emit_load_argument(compiler, index);
	emit_unless_equal_skip(compiler, RLIMIT_CORE, may_ask ? 5 : 1);
	if (may_ask) {
		emit_load_half(compiler, index + 1, false);
		emit_unless_equal_skip(compiler, 0, 2);
		emit_load_half(compiler, index + 1, true);
		emit(compiler, (struct sock_filter)BPF_JUMP(
				       BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
	}
	emit_errno(compiler, 0);
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

/* The init is root of the jail, too: with other limits than its own it would
 * not go on watching. */
static void emit_check_prlimit(struct compiler *compiler)
{
	emit_load_argument(compiler, 0);
	emit_unless_equal_skip(compiler, PID_OF_INIT, 1);
	emit_errno(compiler, EPERM);
	emit_keep_core_limit(compiler, 1, true);
}

/* The rest of the filter for a socket option's level: these names fail. */
static void emit_check_level(struct compiler *compiler, uint32_t level,
			     const uint32_t *names, size_t count)
{
	emit_unless_equal_skip(compiler, level, (unsigned char)(2 * count + 2));
	emit_load_argument(compiler, 2);
	for (size_t i = 0; i < count; i++) {
		emit_unless_equal_skip(compiler, names[i], 1);
		emit_errno(compiler, EPERM);
	}
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

/*
 * Custody sockets are shared by the generations of a jail and belong to the
 * host's network: no option that begins a connection in another way than by
 * connect(2), and none that would shut clients out for later generations and
 * that the supervisor cannot set back.
 */
static void emit_check_setsockopt(struct compiler *compiler)
{
	static const uint32_t socket_names[] = {
		SO_BINDTODEVICE,	  SO_BINDTOIFINDEX,
		SO_ATTACH_REUSEPORT_CBPF, SO_ATTACH_REUSEPORT_EBPF,
		SO_DETACH_REUSEPORT_BPF,
	};
	static const uint32_t tcp_names[] = {
		TCP_FASTOPEN_CONNECT,  TCP_REPAIR, TCP_MD5SIG, TCP_MD5SIG_EXT,
		TCP_AO_ADD_KEY_NUMBER,
	};

	emit_load_argument(compiler, 1);
	emit_check_level(compiler, SOL_SOCKET, socket_names,
			 ARRAY_SIZE(socket_names));
	emit_check_level(compiler, IPPROTO_TCP, tcp_names,
			 ARRAY_SIZE(tcp_names));
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

static uint32_t allow_or_explain(const struct compiler *compiler)
{
	return compiler->supervision == SECCOMP_EXPLAINED
		       ? SECCOMP_RET_USER_NOTIF
		       : SECCOMP_RET_ALLOW;
}

/*
 * No set-id bits in the mode; that of a group is one that directories are
 * given. All of these are calls that --explain looks at, and then it could not
 * tell the one that is refused.
 */
static void emit_check_mode(struct compiler *compiler, unsigned int index)
{
	emit_load_argument(compiler, index);
	emit_unless_bits_skip(compiler, S_ISUID);
	if (compiler->supervision == SECCOMP_EXPLAINED)
		emit_errno(compiler, EPERM);
	else
		emit_refusal(compiler, EPERM);
	emit_unless_bits_skip(compiler, S_ISGID);
	emit_errno(compiler, EPERM);
	emit_return(compiler, allow_or_explain(compiler));
}

/* Without O_CREAT or O_TMPFILE the mode is not looked at. */
static void emit_check_open(struct compiler *compiler, unsigned int flags)
{
	emit_load_argument(compiler, flags);
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						    MAKES_A_FILE, 1, 0));
	emit_return(compiler, allow_or_explain(compiler));
	emit_check_mode(compiler, flags + 1);
}

/* The jail's own first process has a pass. */
static void emit_watch(struct compiler *compiler)
{
	uint32_t halves[2];

	if (compiler->pass) {
		memcpy(halves, &compiler->pass, sizeof(halves));
		emit_load_half(compiler, EXECUTE_PASS, false);
		emit_unless_equal_skip(compiler, halves[0], 3);
		emit_load_half(compiler, EXECUTE_PASS, true);
		emit_unless_equal_skip(compiler, halves[1], 1);
		emit_return(compiler, SECCOMP_RET_ALLOW);
	}
	emit_return(compiler, SECCOMP_RET_USER_NOTIF);
}

void emit_check(struct compiler *compiler, enum seccomp_verdict verdict)
{
	switch (verdict) {
	case SECCOMP_CHECK_CLONE:
		return emit_check_clone(compiler);
	case SECCOMP_CHECK_UNSHARE:
		return emit_refuse_bits(compiler, 0,
					NEW_NAMESPACES | CLONE_NEWUSER |
						NEW_TIME_NAMESPACE);
	case SECCOMP_CHECK_SOCKET:
		return emit_check_socket(compiler);
	case SECCOMP_CHECK_IOCTL:
		return emit_check_ioctl(compiler);
	case SECCOMP_CHECK_PERSONALITY:
		return emit_check_personality(compiler);
	case SECCOMP_CHECK_SHMAT:
		return emit_refuse_bits(compiler, 2, SHARED_MEMORY_EXECUTABLE);
	/* Data in the first segment would leave by a socket of the host's that
	 * gets no answer: Landlock does not see this way of connecting. */
	case SECCOMP_CHECK_SEND:
		return emit_check_bits(compiler, 3, MSG_FASTOPEN, EOPNOTSUPP);
	case SECCOMP_CHECK_SEND_MESSAGE:
		return emit_check_bits(compiler, 2, MSG_FASTOPEN, EOPNOTSUPP);
	case SECCOMP_CHECK_SETSOCKOPT:
		return emit_check_setsockopt(compiler);
	case SECCOMP_CHECK_SETRLIMIT:
		return emit_keep_core_limit(compiler, 0, false);
	case SECCOMP_CHECK_PRLIMIT:
		return emit_check_prlimit(compiler);
	case SECCOMP_CHECK_MODE:
		return emit_check_mode(compiler, 1);
	case SECCOMP_CHECK_MODE_AT:
		return emit_check_mode(compiler, 2);
	case SECCOMP_CHECK_OPEN:
		return emit_check_open(compiler, 1);
	case SECCOMP_CHECK_OPEN_AT:
		return emit_check_open(compiler, 2);
	case SECCOMP_WATCH:
		return emit_watch(compiler);
	default:
		return emit_errno(compiler, ENOSYS);
	}
}
