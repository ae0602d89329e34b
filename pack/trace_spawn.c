#include "pack/trace_spawn.h"

#include "pack/trace_filter.h"
#include "pack/trace_process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { CANNOT_EXECUTE = 126 };

/* What the child says of itself: the number of the listener, or that something
 * went wrong: at which step, and why. */
enum step { STEP_LISTENER, STEP_FILTER, STEP_DIRECTORY, STEP_EXECUTE };

struct word {
	enum step step;
	int value;
};

static void say(int pipe, enum step step, int value)
{
	const struct word word = { step, value };

	(void)!write(pipe, &word, sizeof(word));
}

/* It ends with the tracer: its calls would have nobody to answer them. */
static void tie_to(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(CANNOT_EXECUTE);
}

/* As in a jail: nobody types. */
static void take_no_input(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)dup2(fd, STDIN_FILENO);
}

__attribute__((noreturn)) static void
be_the_service(const struct trace_command *command, pid_t parent, int pipe)
{
	struct trace_filter filter;
	int listener;

	/* As a jail starts it, whatever the tracer's caller ignores. */
	static const int usual[] = { SIGINT,  SIGTERM, SIGHUP,
				     SIGQUIT, SIGPIPE, SIGCHLD };

	tie_to(parent);
	/* Some send signals to their whole group: that is not ours. */
	(void)setpgid(0, 0);
	take_no_input();
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		(void)signal(usual[i], SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &command->mask, NULL);
	if (chdir(command->directory) < 0) {
		say(pipe, STEP_DIRECTORY, errno);
		_exit(CANNOT_EXECUTE);
	}
	trace_filter_make(&filter);
	listener = trace_filter_install(&filter);
	if (listener < 0) {
		say(pipe, STEP_FILTER, -listener);
		_exit(CANNOT_EXECUTE);
	}
	say(pipe, STEP_LISTENER, listener);
	(void)execve(command->program, command->arguments,
		     command->environment ? command->environment : environ);
	say(pipe, STEP_EXECUTE, errno);
	_exit(CANNOT_EXECUTE);
}

static int explain(const struct trace_command *command, const struct word *word,
		   struct diag *diag)
{
	if (word->step == STEP_DIRECTORY)
		return diag_errno(diag, -word->value, "cannot change to %s",
				  command->directory);
	(void)diag_errno(diag, -word->value,
			 "cannot watch the system calls of %s",
			 command->program);
	if (word->value == EBUSY)
		diag_hint(diag, "jailpack itself runs under a seccomp filter "
				"that somebody listens to");
	return -word->value;
}

static int take_listener(const struct trace_command *command, pid_t child,
			 int pipe, int *ret_listener, struct diag *diag)
{
	struct word word;
	ssize_t length = read(pipe, &word, sizeof(word));
	int fd;

	if (length != sizeof(word))
		return diag_set(diag, -EIO, "%s could not be started",
				command->program);
	if (word.step != STEP_LISTENER)
		return explain(command, &word, diag);
	fd = process_take_descriptor(child, word.value);
	if (fd < 0) {
		(void)diag_errno(diag, fd, "cannot look into processes");
		diag_hint(diag, "tracing needs what ptrace(2) needs: see "
				"/proc/sys/kernel/yama/ptrace_scope");
		return fd;
	}
	*ret_listener = fd;
	return 0;
}

int trace_spawn(const struct trace_command *command,
		struct trace_child *ret_child, struct diag *diag)
{
	CLEANUP_CLOSE int words = -1;
	CLEANUP_CLOSE int childs_end = -1;
	struct trace_child child;
	pid_t parent = getpid();
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return diag_errno(diag, -errno, "cannot make a pipe");
	words = ends[0];
	childs_end = ends[1];
	child.pid = fork();
	if (child.pid < 0)
		return diag_errno(diag, -errno, "cannot start a process");
	if (child.pid == 0)
		be_the_service(command, parent, childs_end);
	close_fd(&childs_end);
	r = take_listener(command, child.pid, words, &child.listener, diag);
	if (r < 0) {
		(void)kill(child.pid, SIGKILL);
		(void)waitpid(child.pid, NULL, 0);
		return r;
	}
	child.words = steal_fd(&words);
	*ret_child = child;
	return 0;
}

int trace_spawned(const struct trace_command *command,
		  const struct trace_child *child, struct diag *diag)
{
	struct word word;

	if (read(child->words, &word, sizeof(word)) != sizeof(word))
		return 0;
	return diag_errno(diag, -word.value, "cannot execute %s",
			  command->program);
}
