/* Processes, their powers and their namespaces. */
#include "attack.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	STACK = 65536,
	PROCESSES_MAX = 1 << 22, /* the kernel's own */
	FEW = 8,
	SIGNAL_ROUNDS = 100,
	SETTLE_MICROSECONDS = 100000,
};

long trace_init(void)
{
	return ptrace(PTRACE_SEIZE, 1, NULL, NULL);
}

long read_init(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	return syscall(SYS_process_vm_readv, 1, &here, 1, &there, 1, 0);
}

long steal_descriptor(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

	return syscall(SYS_pidfd_getfd, pidfd, 0, 0);
}

long user_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

long mount_namespace(void)
{
	return unshare(CLONE_NEWNS);
}

static int nothing(void *argument)
{
	(void)argument;
	return 0;
}

long born_in_namespace(void)
{
	static char stack[STACK];

	return clone(nothing, stack + STACK, CLONE_NEWUSER | SIGCHLD, NULL);
}

long hidden_flags(void)
{
	struct clone_args arguments = {
		.flags = CLONE_NEWUSER,
		.exit_signal = SIGCHLD,
	};

	return syscall(SYS_clone3, &arguments, sizeof(arguments));
}

long keyring(void)
{
	return syscall(SYS_keyctl, 0, -3, 1);
}

long add_key(void)
{
	return syscall(SYS_add_key, "user", "a", "b", 1, -3);
}

long become_other(void)
{
	return setuid(33);
}

long give_away(void)
{
	return chown("/tmp", 33, 33);
}

long raise_limit(void)
{
	struct rlimit limit;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_max++;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* 1 is what keeps the kernel from starting the host's program for dumps; a
 * lower one would not. */
long core_limit(void)
{
	const rlim_t values[] = { 0, RLIM_INFINITY };
	struct rlimit limit;

	for (int i = 0; i < 2; i++) {
		limit = (struct rlimit){ values[i], values[i] };
		(void)setrlimit(RLIMIT_CORE, &limit);
		(void)getrlimit(RLIMIT_CORE, &limit);
		if (limit.rlim_cur != 1 || limit.rlim_max != 1)
			return (long)limit.rlim_cur + 1;
	}
	return HOLDS;
}

long core_dump(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)chdir("/tmp");
		abort();
	}
	(void)waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && !WCOREDUMP(status) &&
			       access("/tmp/core", F_OK) < 0
		       ? HOLDS
		       : 1;
}

/* Nobody is there but those few who belong here. */
long processes_of_others(void)
{
	long count = 0;

	for (pid_t pid = 1; pid < PROCESSES_MAX; pid++)
		count += kill(pid, 0) == 0 || errno != ESRCH;
	return count < FEW ? HOLDS : count;
}

/* The group of whoever has started us is partly outside. */
long signal_group(void)
{
	(void)signal(SIGUSR1, SIG_IGN);
	(void)kill(0, SIGUSR1);
	return HOLDS;
}

long write_init(void)
{
	char byte = 0;
	struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	return syscall(SYS_process_vm_writev, 1, &here, 1, &there, 1, 0);
}

long advise_init(void)
{
	struct iovec range = { NULL, 4096 };

	return syscall(SYS_process_madvise, syscall(SYS_pidfd_open, 1, 0),
		       &range, 1, 21 /* MADV_PAGEOUT */, 0);
}

long compare_init(void)
{
	return syscall(SYS_kcmp, 1, getpid(), 0, 0, 0);
}

long limit_init(void)
{
	const struct rlimit limit = { 0, 0 };

	return prlimit(1, RLIMIT_NOFILE, &limit, NULL);
}

long enter_init(void)
{
	return setns((int)syscall(SYS_pidfd_open, 1, 0),
		     CLONE_NEWNS | CLONE_NEWNET);
}

/* -1 and the errno of all, if they agree. */
long every_namespace(void)
{
	static const int flags[] = { CLONE_NEWNS,   CLONE_NEWNET,
				     CLONE_NEWPID,  CLONE_NEWIPC,
				     CLONE_NEWUTS,  CLONE_NEWCGROUP,
				     CLONE_NEWUSER, 0x80 /* CLONE_NEWTIME */ };
	int error = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (unshare(flags[i]) == 0 || (error && errno != error))
			return flags[i];
		error = errno;
	}
	return -1;
}

long move_heap(void)
{
	return prctl(PR_SET_MM, PR_SET_MM_START_BRK, 0, 0, 0);
}

long new_privileges(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

long secure_bits(void)
{
	return prctl(PR_SET_SECUREBITS, 0x2f, 0, 0, 0);
}

long ambient(void)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0);
}

long flush_io(void)
{
	return prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
}

/* A filter of one's own is asked before ours: it must not be the one whose
 * listener hears of bind(2). By --exec there is none, and nothing to gain. */
long own_listener(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { 1, filter };

	if (getppid() == 0) {
		errno = EBUSY;
		return -1;
	}
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* What the init passes on to the service we keep from ourselves. */
long signals_to_init(void)
{
	sigset_t all;

	/* By --exec the service is another. */
	if (getppid() == 0)
		return HOLDS;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < SIGNAL_ROUNDS; i++)
		for (int signal = 1; signal <= SIGRTMAX; signal++)
			(void)kill(1, signal);
	(void)usleep(SETTLE_MICROSECONDS);
	return kill(1, 0) == 0 ? HOLDS : 1;
}

long realtime(void)
{
	const struct sched_param parameter = { .sched_priority = 1 };

	return sched_setscheduler(0, SCHED_FIFO, &parameter);
}

long priority(void)
{
	return setpriority(PRIO_PROCESS, 0, -20);
}

long survives_kill(void)
{
	(void)kill(1, SIGKILL);
	(void)kill(1, SIGSTOP);
	return kill(1, 0) == 0 ? HOLDS : 1;
}

/* As long as there is nothing to gain by it, it is harmless. */
long no_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   0 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; prctl(PR_CAPBSET_READ, i) >= 0; i++) {
		if (prctl(PR_CAPBSET_READ, i) > 0)
			return i + 1;
	}
	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	return data[0].effective | data[0].permitted | data[0].inheritable |
	       data[1].effective | data[1].permitted | data[1].inheritable;
}

long is_confined(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
			       prctl(PR_GET_SECCOMP) == 2
		       ? HOLDS
		       : 1;
}

long fixed_addresses(void)
{
	return personality(ADDR_NO_RANDOMIZE);
}

long other_abi(void)
{
	return syscall(0x40000000 | SYS_getpid);
}

long old_entry_kills(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
#ifdef __x86_64__
		long result = 20; /* getpid */

		__asm__ volatile("int $0x80" : "+a"(result));
#else
		raise(SIGSYS);
#endif
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? HOLDS : 1;
}
