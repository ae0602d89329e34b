/*
 * fail_call NUMBER ERRNO COMMAND [ARGUMENT...]
 *
 * Runs the command, and lets the NUMBERth system call that it and its children
 * make, counted from their first memfd_create(2) on, fail with the errno
 * number instead of being made. What a child executes is not touched. Prints
 * the number of the system call and of the process that made it on descriptor
 * 3 and ends as the command does; prints nothing there if there were not as
 * many calls. With ONLY_CALL=N in the environment only system calls of that
 * number count, from the beginning. It changes registers, and knows those of
 * x86-64 alone.
 */
#ifndef __x86_64__
#error "which registers hold a system call's number and result is for x86-64"
#endif

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PROCESSES_MAX = 64,
	STATUS_FAILED = 99,
	REPORT_FD = 3,
	SYSCALL_STOP = SIGTRAP | 0x80,
};

struct tracee {
	pid_t pid;
	bool failing; /* its current call is the one */
};

struct tracer {
	struct tracee tracees[PROCESSES_MAX];
	pid_t root;
	bool counting;
	unsigned long number, count;
	int error;
};

static void die(const char *what)
{
	perror(what);
	exit(STATUS_FAILED);
}

static struct tracee *find(struct tracer *tracer, pid_t pid)
{
	struct tracee *empty = NULL;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		struct tracee *tracee = &tracer->tracees[i];

		if (tracee->pid == pid)
			return tracee;
		if (tracee->pid == 0 && !empty)
			empty = tracee;
	}
	if (!empty)
		die("too many processes");
	*empty = (struct tracee){ .pid = pid };
	return empty;
}

/* Those that have no way to fail, with arguments that make sense; close(2)
 * closes whatever it says, and brk(2) of the kernel gives an address. */
static bool may_fail(unsigned long long call)
{
	switch (call) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_rt_sigreturn:
	case SYS_restart_syscall:
	case SYS_getpid:
	case SYS_getppid:
	case SYS_getuid:
	case SYS_geteuid:
	case SYS_umask:
	case SYS_close:
	case SYS_rt_sigaction:
	case SYS_brk:
		return false;
	default:
		return true;
	}
}

static bool counts(struct tracer *tracer, unsigned long long call)
{
	const char *only = getenv("ONLY_CALL");

	if (only)
		return call == strtoull(only, NULL, 10);
	tracer->counting = tracer->counting || call == SYS_memfd_create;
	return tracer->counting;
}

static void write_register(pid_t pid, size_t offset, long value)
{
	if (ptrace(PTRACE_POKEUSER, pid, (void *)offset, (void *)value) < 0)
		die("PTRACE_POKEUSER");
}

static void at_syscall(struct tracer *tracer, struct tracee *tracee)
{
	struct __ptrace_syscall_info info;
	unsigned long long call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, (void *)sizeof(info),
		   &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && tracee->failing) {
		tracee->failing = false;
		write_register(tracee->pid,
			       offsetof(struct user_regs_struct, rax),
			       -tracer->error);
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	call = info.entry.nr;
	if (!counts(tracer, call) || !may_fail(call) ||
	    ++tracer->count != tracer->number)
		return;
	dprintf(REPORT_FD, "call %llu of %s\n", call,
		tracee->pid == tracer->root ? "the first process" : "a child");
	tracee->failing = true;
	write_register(tracee->pid, offsetof(struct user_regs_struct, orig_rax),
		       -1);
}

/* Returns the signal to deliver; -1 if the process is no longer followed. */
static int at_stop(struct tracer *tracer, pid_t pid, int status)
{
	struct tracee *tracee = find(tracer, pid);
	int signal = WSTOPSIG(status), event = status >> 16;

	if (signal == SYSCALL_STOP) {
		at_syscall(tracer, tracee);
		return 0;
	}
	if (event == PTRACE_EVENT_EXEC && pid != tracer->root) {
		tracee->pid = 0;
		(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
		return -1;
	}
	/* The first stop of a new child is a SIGSTOP of ours. */
	return event || signal == SIGSTOP || signal == SIGTRAP ? 0 : signal;
}

static int follow(struct tracer *tracer)
{
	int status, signal;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			die("waitpid");
		if (WIFSTOPPED(status)) {
			signal = at_stop(tracer, pid, status);
			if (signal >= 0)
				(void)ptrace(PTRACE_SYSCALL, pid, NULL,
					     (void *)(long)signal);
			continue;
		}
		find(tracer, pid)->pid = 0;
		if (pid == tracer->root)
			return WIFEXITED(status) ? WEXITSTATUS(status)
						 : 128 + WTERMSIG(status);
	}
}

int main(int argc, char **argv)
{
	static struct tracer tracer;
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

	if (argc < 4)
		return STATUS_FAILED;
	tracer.number = strtoul(argv[1], NULL, 10);
	tracer.error = atoi(argv[2]);
	tracer.root = fork();
	if (tracer.root == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)close(REPORT_FD);
		execvp(argv[3], argv + 3);
		die(argv[3]);
	}
	if (waitpid(tracer.root, NULL, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, tracer.root, NULL, (void *)options) < 0 ||
	    ptrace(PTRACE_SYSCALL, tracer.root, NULL, NULL) < 0)
		die("ptrace");
	return follow(&tracer);
}
