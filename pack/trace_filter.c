#include "pack/trace_filter.h"

#include "lib/seccomp_native.h"
#include "pack/trace_calls.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* The numbers of the x32 ABI begin here; its architecture is the same. */
enum { FOREIGN_NUMBERS = 0x40000000 };

bool trace_filter_is_native(uint32_t architecture, int number)
{
	return architecture == SECCOMP_NATIVE_ARCHITECTURE && number >= 0 &&
	       number < FOREIGN_NUMBERS;
}

static void emit(struct trace_filter *filter, struct sock_filter instruction)
{
	filter->instructions[filter->count++] = instruction;
}

static void emit_load(struct trace_filter *filter, size_t offset)
{
	emit(filter, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  (uint32_t)offset));
}

static void emit_return(struct trace_filter *filter, uint32_t action)
{
	emit(filter, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* If the comparison holds, go on with the next instruction, else skip it. */
static void emit_if(struct trace_filter *filter, int comparison, uint32_t value)
{
	emit(filter,
	     (struct sock_filter)BPF_JUMP(
		     (uint16_t)(BPF_JMP | comparison | BPF_K), value, 0, 1));
}

void trace_filter_make(struct trace_filter *filter)
{
	size_t count;
	const struct trace_call *calls = trace_calls(&count);

	_Static_assert(ARRAY_SIZE(filter->instructions) >=
			       2 * TRACE_CALLS_MAX + 7,
		       "two instructions a call");
	filter->count = 0;
	emit_load(filter, offsetof(struct seccomp_data, arch));
	emit(filter,
	     (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
					  SECCOMP_NATIVE_ARCHITECTURE, 1, 0));
	emit_return(filter, SECCOMP_RET_USER_NOTIF);
	emit_load(filter, offsetof(struct seccomp_data, nr));
	emit_if(filter, BPF_JGE, FOREIGN_NUMBERS);
	emit_return(filter, SECCOMP_RET_USER_NOTIF);
	for (size_t i = 0; i < count; i++) {
		emit_if(filter, BPF_JEQ, (uint32_t)calls[i].number);
		emit_return(filter, calls[i].kind == TRACE_ABSENT
					    ? SECCOMP_RET_ERRNO | ENOSYS
					    : SECCOMP_RET_USER_NOTIF);
	}
	emit_return(filter, SECCOMP_RET_ALLOW);
}

int trace_filter_install(const struct trace_filter *filter)
{
	struct sock_fprog program = {
		.len = (unsigned short)filter->count,
		.filter = (struct sock_filter *)(uintptr_t)filter->instructions,
	};
	const unsigned long flags[] = {
		SECCOMP_FILTER_FLAG_NEW_LISTENER |
			SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
		SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};
	long listener = -1;

	for (size_t i = 0; listener < 0 && i < ARRAY_SIZE(flags); i++) {
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				   flags[i], &program);
		/* Without CAP_SYS_ADMIN only for those who gain nothing by
		 * executing a set-id program. */
		if (listener < 0 && errno == EACCES &&
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
			listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
					   flags[i], &program);
		if (listener < 0 && errno != EINVAL)
			break;
	}
	return listener < 0 ? -errno : (int)listener;
}
