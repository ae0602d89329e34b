/*
 * kill_call NUMBER COMMAND [ARGUMENT...]
 *
 * Runs the command and kills it with SIGKILL instead of letting it make its
 * NUMBERth system call, counted from its first memfd_create(2) on. Its
 * children are not touched. With ONLY_CALL=N in the environment only system
 * calls of that number count, from the beginning. Prints on descriptor 3
 * "killed at call CALL", or "calls COUNT" if it ended before that. Knows no
 * registers: any architecture.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_FAILED = 99, REPORT_FD = 3, SYSCALL_STOP = SIGTRAP | 0x80 };

struct tracer {
	pid_t pid;
	bool counting;
	unsigned long number, count;
};

static void die(const char *what)
{
	perror(what);
	exit(STATUS_FAILED);
}

static bool counts(struct tracer *tracer, unsigned long long call)
{
	const char *only = getenv("ONLY_CALL");

	if (only)
		return call == strtoull(only, NULL, 10);
	tracer->counting = tracer->counting || call == SYS_memfd_create;
	return tracer->counting;
}

static void at_syscall(struct tracer *tracer)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracer->pid, (void *)sizeof(info),
		   &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (!counts(tracer, info.entry.nr) || ++tracer->count != tracer->number)
		return;
	dprintf(REPORT_FD, "killed at call %llu\n",
		(unsigned long long)info.entry.nr);
	(void)kill(tracer->pid, SIGKILL);
}

static int follow(struct tracer *tracer)
{
	int status, signal;

	for (;;) {
		if (waitpid(tracer->pid, &status, 0) < 0)
			die("waitpid");
		if (!WIFSTOPPED(status))
			break;
		signal = WSTOPSIG(status);
		if (signal == SYSCALL_STOP) {
			at_syscall(tracer);
			signal = 0;
		} else if (signal == SIGTRAP) {
			signal = 0;
		}
		/* It may have been killed meanwhile. */
		(void)ptrace(PTRACE_SYSCALL, tracer->pid, NULL,
			     (void *)(long)signal);
	}
	if (tracer->count < tracer->number)
		dprintf(REPORT_FD, "calls %lu\n", tracer->count);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct tracer tracer = { 0 };

	if (argc < 3)
		return STATUS_FAILED;
	tracer.number = strtoul(argv[1], NULL, 10);
	tracer.pid = fork();
	if (tracer.pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)close(REPORT_FD);
		execvp(argv[2], argv + 2);
		die(argv[2]);
	}
	if (waitpid(tracer.pid, NULL, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, tracer.pid, NULL,
		   (void *)(long)PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_SYSCALL, tracer.pid, NULL, NULL) < 0)
		die("ptrace");
	return follow(&tracer);
}
