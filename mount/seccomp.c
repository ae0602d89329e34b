#include "mount/seccomp.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/seccomp_native.h"
#include "mount/explain_calls.h"
#include "mount/seccomp_emit.h"
#include "mount/seccomp_list.h"

enum { INSTRUCTIONS_MAX = BPF_MAXINSNS };

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

void emit(struct compiler *compiler, struct sock_filter instruction)
{
	struct seccomp_filter *filter = &compiler->filter;

	if (filter->count == INSTRUCTIONS_MAX ||
	    array_grow(&filter->instructions, filter->count,
		       sizeof(instruction)) < 0)
		compiler->failed = true;
	else
		filter->instructions[filter->count++] = instruction;
}

void emit_return(struct compiler *compiler, uint32_t action)
{
	emit(compiler, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

void emit_errno(struct compiler *compiler, int error)
{
	emit_return(compiler, SECCOMP_RET_ERRNO | (uint32_t)error);
}

void emit_refusal(struct compiler *compiler, int error)
{
	if (compiler->supervision == SECCOMP_GUEST)
		emit_errno(compiler, error);
	else
		emit_return(compiler, SECCOMP_RET_USER_NOTIF);
}

void emit_unless_equal_skip(struct compiler *compiler, uint32_t value,
			    unsigned char count)
{
	emit(compiler, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						    value, 0, count));
}

static void emit_verdict(struct compiler *compiler,
			 enum seccomp_verdict verdict)
{
	switch (verdict) {
	case SECCOMP_ALLOW:
		return emit_return(compiler, SECCOMP_RET_ALLOW);
	case SECCOMP_CUSTODY:
		return emit_return(compiler,
				   compiler->supervision == SECCOMP_GUEST
					   ? SECCOMP_RET_ALLOW
					   : SECCOMP_RET_USER_NOTIF);
	case SECCOMP_ASK:
		return emit_return(compiler, SECCOMP_RET_USER_NOTIF);
	case SECCOMP_REFUSE:
	case SECCOMP_CHROOT:
		return emit_refusal(compiler, EPERM);
	case SECCOMP_QUIET:
		return emit_errno(compiler, EPERM);
	case SECCOMP_UNKNOWN:
		return emit_errno(compiler, ENOSYS);
	default:
		return emit_check(compiler, verdict);
	}
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
	emit_unless_equal_skip(compiler, SECCOMP_NATIVE_ARCHITECTURE, 1);
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
			       verdicts[i] == SECCOMP_QUIET ||
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
		    enum seccomp_supervision supervision, uint64_t pass,
		    struct seccomp_filter *ret_filter, struct diag *diag)
{
	struct compiler compiler = {
		.supervision = supervision,
		.pass = pass,
		.sealed = config->network == CONFIG_NETWORK_SEALED,
	};
	struct range ranges[SECCOMP_NUMBERS];
	uint8_t verdicts[SECCOMP_NUMBERS];
	int error = seccomp_judge(config, verdicts, diag);

	if (error < 0)
		return error;
	if (supervision == SECCOMP_EXPLAINED)
		ask_for_explanation(verdicts);
	/* Somebody in the jail may have passed it a socket of the host's. */
	if (supervision == SECCOMP_GUEST &&
	    config->network == CONFIG_NETWORK_SEALED)
		verdicts[__NR_listen] = SECCOMP_QUIET;
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
