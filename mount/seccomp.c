#include "mount/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "mount/explain_calls.h"
#include "mount/seccomp_list.h"

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "say here what this architecture is called in linux/audit.h"
#endif

/* Linux 5.19; the kernel says EINVAL where it is not known. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum {
	INSTRUCTIONS_MAX = BPF_MAXINSNS,
	NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
			 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
			 CLONE_NEWNET,
	NEW_TIME_NAMESPACE = 0x80, /* CLONE_NEWTIME: of unshare alone */
	PERSONALITY_QUERY = -1,
	PERSONALITY_LINUX = 0,
	SHARED_MEMORY_EXECUTABLE = SHM_EXEC,
	MAKES_A_FILE = O_CREAT | (O_TMPFILE & ~O_DIRECTORY),
	TCP_AO_ADD_KEY_NUMBER = 38, /* TCP_AO_ADD_KEY, Linux 6.7 */
};

void seccomp_filter_done(struct seccomp_filter *filter)
{
	free(filter->instructions);
	*filter = SECCOMP_FILTER_INIT;
}

/* Neighbouring numbers with the same verdict; it ends where the next begins,
 * and the last goes on for ever. */
struct range {
	uint32_t first;
	enum seccomp_verdict verdict;
};

struct compiler {
	struct seccomp_filter filter;
	enum seccomp_supervision supervision;
	bool failed;
};

static void emit(struct compiler *compiler, struct sock_filter instruction)
{
	struct seccomp_filter *filter = &compiler->filter;

	if (filter->count == INSTRUCTIONS_MAX ||
	    array_grow(&filter->instructions, filter->count,
		       sizeof(instruction)) < 0)
		compiler->failed = true;
	else
		filter->instructions[filter->count++] = instruction;
}

static void emit_return(struct compiler *compiler, uint32_t action)
{
	emit(compiler, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void emit_errno(struct compiler *compiler, int error)
{
	emit_return(compiler, SECCOMP_RET_ERRNO | (uint32_t)error);
}

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

/* Go on if the argument equals `value`, else skip `count` instructions. */
static void emit_unless_equal_skip(struct compiler *compiler, uint32_t value,
				   unsigned char count)
{
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						    value, 0, count));
}

/* Fail with `error` if any of these bits is set in the argument. */
static void emit_check_bits(struct compiler *compiler, unsigned int index,
			    uint32_t bits, int error)
{
	emit_load_argument(compiler, index);
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						    bits, 0, 1));
	emit_errno(compiler, error);
	emit_return(compiler, SECCOMP_RET_ALLOW);
}

static void emit_check_ioctl(struct compiler *compiler)
{
	static const uint32_t refused[] = { TIOCSTI, TIOCLINUX };

	emit_load_argument(compiler, 1);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		emit_unless_equal_skip(compiler, refused[i], 1);
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

/* Of netlink only what getifaddrs() and getaddrinfo() ask. */
static void emit_check_socket(struct compiler *compiler)
{
	static const uint32_t allowed[] = { AF_UNIX, AF_INET, AF_INET6 };

	emit_load_argument(compiler, 0);
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		emit_unless_equal_skip(compiler, allowed[i], 1);
		emit_return(compiler, SECCOMP_RET_ALLOW);
	}
	emit_unless_equal_skip(compiler, AF_NETLINK, 3);
	emit_load_argument(compiler, 2);
	emit_unless_equal_skip(compiler, NETLINK_ROUTE, 1);
	emit_return(compiler, SECCOMP_RET_ALLOW);
	emit_errno(compiler, EAFNOSUPPORT);
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
		SO_BINDTODEVICE,
		SO_BINDTOIFINDEX,
		SO_ATTACH_REUSEPORT_CBPF,
		SO_ATTACH_REUSEPORT_EBPF,
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

/* No set-id bits in the mode; all of these are calls that --explain looks
 * at. */
static void emit_check_mode(struct compiler *compiler, unsigned int index)
{
	emit_load_argument(compiler, index);
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						    S_ISUID | S_ISGID, 0, 1));
	emit_errno(compiler, EPERM);
	emit_return(compiler, compiler->supervision == SECCOMP_EXPLAINED
				      ? SECCOMP_RET_USER_NOTIF
				      : SECCOMP_RET_ALLOW);
}

/* Without O_CREAT or O_TMPFILE the mode is not looked at. */
static void emit_check_open(struct compiler *compiler, unsigned int flags)
{
	emit_load_argument(compiler, flags);
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
						    MAKES_A_FILE, 1, 0));
	emit_return(compiler, compiler->supervision == SECCOMP_EXPLAINED
				      ? SECCOMP_RET_USER_NOTIF
				      : SECCOMP_RET_ALLOW);
	emit_check_mode(compiler, flags + 1);
}

static void emit_verdict(struct compiler *compiler,
			 enum seccomp_verdict verdict)
{
	switch (verdict) {
	case SECCOMP_ALLOW:
		return emit_return(compiler, SECCOMP_RET_ALLOW);
	case SECCOMP_CUSTODY:
		return emit_return(compiler,
				   compiler->supervision == SECCOMP_UNSUPERVISED
					   ? SECCOMP_RET_ALLOW
					   : SECCOMP_RET_USER_NOTIF);
	case SECCOMP_ASK:
		return emit_return(compiler, SECCOMP_RET_USER_NOTIF);
	case SECCOMP_CHECK_CLONE:
		return emit_check_bits(compiler, 0, NEW_NAMESPACES, EPERM);
	case SECCOMP_CHECK_UNSHARE:
		return emit_check_bits(compiler, 0,
				       NEW_NAMESPACES | NEW_TIME_NAMESPACE,
				       EPERM);
	case SECCOMP_CHECK_SOCKET:
		return emit_check_socket(compiler);
	case SECCOMP_CHECK_IOCTL:
		return emit_check_ioctl(compiler);
	case SECCOMP_CHECK_PERSONALITY:
		return emit_check_personality(compiler);
	case SECCOMP_CHECK_SHMAT:
		return emit_check_bits(compiler, 2, SHARED_MEMORY_EXECUTABLE,
				       EPERM);
	/* Data in the first segment would leave by a socket of the host's that
	 * gets no answer: Landlock does not see this way of connecting. */
	case SECCOMP_CHECK_SEND:
		return emit_check_bits(compiler, 3, MSG_FASTOPEN, EOPNOTSUPP);
	case SECCOMP_CHECK_SEND_MESSAGE:
		return emit_check_bits(compiler, 2, MSG_FASTOPEN, EOPNOTSUPP);
	case SECCOMP_CHECK_SETSOCKOPT:
		return emit_check_setsockopt(compiler);
	case SECCOMP_CHECK_MODE:
		return emit_check_mode(compiler, 1);
	case SECCOMP_CHECK_MODE_AT:
		return emit_check_mode(compiler, 2);
	case SECCOMP_CHECK_OPEN:
		return emit_check_open(compiler, 1);
	case SECCOMP_CHECK_OPEN_AT:
		return emit_check_open(compiler, 2);
	case SECCOMP_REFUSE:
	case SECCOMP_CHROOT:
		return emit_errno(compiler, EPERM);
	case SECCOMP_UNKNOWN:
		break;
	}
	emit_errno(compiler, ENOSYS);
}

/*
 * Let the comparison at `from` lead here, if it is true. A conditional jump
 * goes no further than UINT8_MAX: where that is not enough, one that goes
 * anywhere is put behind it.
 */
static void emit_target(struct compiler *compiler, size_t from)
{
	struct sock_filter *instructions;
	size_t distance;

	if (compiler->failed)
		return;
	distance = compiler->filter.count - from - 1;
	if (distance <= UINT8_MAX) {
		compiler->filter.instructions[from].jt = (uint8_t)distance;
		return;
	}
	emit(compiler, (struct sock_filter){ 0 });
	if (compiler->failed)
		return;
	instructions = compiler->filter.instructions;
	memmove(instructions + from + 2, instructions + from + 1,
		distance * sizeof(*instructions));
	instructions[from].jf = 1;
	instructions[from + 1] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JA, (uint32_t)distance, 0, 0);
}

/* With the number loaded: down to the range that it lies in. */
static void emit_search(struct compiler *compiler, const struct range *ranges,
			size_t count)
{
	size_t half = count / 2, jump;

	if (count == 1)
		return emit_verdict(compiler, ranges[0].verdict);
	jump = compiler->filter.count;
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K,
						    ranges[half].first, 0, 0));
	emit_search(compiler, ranges, half);
	emit_target(compiler, jump);
	emit_search(compiler, ranges + half, count - half);
}

static void emit_prologue(struct compiler *compiler)
{
	emit(compiler,
	     (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					  offsetof(struct seccomp_data, arch)));
	emit_unless_equal_skip(compiler, NATIVE_ARCHITECTURE, 1);
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0));
	emit_return(compiler, SECCOMP_RET_KILL_PROCESS);
	emit(compiler,
	     (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					  offsetof(struct seccomp_data, nr)));
}

static void ask_for_explanation(uint8_t verdicts[SECCOMP_NUMBERS])
{
	for (uint32_t i = 0; i < SECCOMP_NUMBERS; i++) {
		bool refused = verdicts[i] == SECCOMP_REFUSE ||
			       verdicts[i] == SECCOMP_CHROOT;

		if (refused ||
		    (verdicts[i] == SECCOMP_ALLOW && explain_call_find(i)))
			verdicts[i] = SECCOMP_ASK;
	}
}

/* The table of ranges; 64 KiB at most, much less in fact. */
static size_t collect_ranges(const uint8_t verdicts[SECCOMP_NUMBERS],
			     struct range ranges[SECCOMP_NUMBERS])
{
	size_t count = 0;

	for (uint32_t i = 0; i < SECCOMP_NUMBERS; i++) {
		if (i == 0 || verdicts[i] != verdicts[i - 1])
			ranges[count++] = (struct range){ i, verdicts[i] };
	}
	return count;
}

int seccomp_compile(const struct config *config,
		    enum seccomp_supervision supervision,
		    struct seccomp_filter *ret_filter, struct diag *diag)
{
	struct compiler compiler = { .supervision = supervision };
	struct range ranges[SECCOMP_NUMBERS];
	uint8_t verdicts[SECCOMP_NUMBERS];
	int error = seccomp_judge(config, verdicts, diag);

	if (error < 0)
		return error;
	if (supervision == SECCOMP_EXPLAINED)
		ask_for_explanation(verdicts);
	emit_prologue(&compiler);
	emit_search(&compiler, ranges, collect_ranges(verdicts, ranges));
	if (compiler.failed) {
		seccomp_filter_done(&compiler.filter);
		return diag_set(diag, -E2BIG,
				"cannot make the system call filter");
	}
	*ret_filter = compiler.filter;
	return 0;
}

int seccomp_install(const struct seccomp_filter *filter, int *ret_listener,
		    struct diag *diag)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->count,
		.filter = filter->instructions,
	};
	unsigned long flags = 0;
	long listener;

	if (ret_listener)
		flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	listener =
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0 && errno == EINVAL && ret_listener)
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0)
		return diag_errno(diag, -errno,
				  "cannot install the system call filter");
	if (ret_listener)
		*ret_listener = (int)listener;
	return 0;
}
