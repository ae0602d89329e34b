/* Processes, their powers and their namespaces. */
#include "attack.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK = 65536 };

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

long raise_core_limit(void)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_CORE, &limit);
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
