#include "mount/program.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "mount/capabilities.h"
#include "mount/generation.h"
#include "mount/rlimits.h"

enum { CHILD_STACK = 64 << 10 };

/* What parent and child share while the child has not executed yet. */
struct launch {
	const struct program *program;
	char **candidates; /* paths to try in turn */
	struct diag *diag;
	int error;
};

static const char *search_path(char *const *environment)
{
	for (size_t i = 0; environment && environment[i]; i++) {
		if (strncmp(environment[i], "PATH=", 5) == 0)
			return environment[i] + 5;
	}
	return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

/* As execvp(3), whose own search would be in our environment, not in the
 * program's. */
static int find_candidates(const struct program *program,
			   char ***ret_candidates)
{
	const char *name = program->arguments[0];
	const char *rest = search_path(program->environment);
	int error = 0;

	if (strchr(name, '/'))
		return strv_append(ret_candidates, name);
	while (error == 0 && rest) {
		size_t length = strcspn(rest, ":");
		CLEANUP_FREE char *path = NULL;

		if (asprintf(&path, "%.*s/%s", (int)length, rest, name) < 0)
			return -ENOMEM;
		/* An empty word would be the working directory: none of it. */
		if (length > 0)
			error = strv_append(ret_candidates, path);
		rest = rest[length] ? rest + length + 1 : NULL;
	}
	return error;
}

/* An end of a pipe whose other end is closed: it reads as empty. */
static int open_nothing(void)
{
	int fd = open("/dev/null", O_RDWR), ends[2];

	if (fd >= 0 || pipe(ends) < 0)
		return fd;
	(void)close(ends[1]);
	return ends[0];
}

static int set_descriptors(const int wanted[3])
{
	int moved[3];

	/* Out of the way first: one of them may be another's target. */
	for (int i = 0; i < 3; i++) {
		int fd = wanted[i] < 0 ? open_nothing() : wanted[i];

		moved[i] = fcntl(fd, F_DUPFD, 3);
		if (moved[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(moved[i], i) < 0)
			return -errno;
	}
	return close_range(3, ~0U, 0) < 0 ? -errno : 0;
}

/* Only ignored ones outlive execve(2); handlers do not. */
static void reset_signals(void)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < _NSIG; i++)
		(void)sigaction(i, &standard, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int execute(const struct launch *launch)
{
	static char *const nothing[] = { NULL };
	const struct program *program = launch->program;
	char *const *environment =
		program->environment ? program->environment : nothing;
	int error = -ENOENT;

	for (size_t i = 0; launch->candidates[i]; i++) {
		(void)execve(launch->candidates[i], program->arguments,
			     environment);
		if (errno != ENOENT && errno != ENOTDIR)
			error = -errno;
		/* A directory on the way that may not be searched, or a file
		   that may not be executed: others follow. */
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			break;
	}
	if (error == -ENOENT) {
		diag_set(launch->diag, error, "%s: not found in the jail",
			 program->arguments[0]);
		return GENERATION_NOT_FOUND;
	}
	diag_errno(launch->diag, error, "cannot execute %s",
		   program->arguments[0]);
	return GENERATION_NOT_EXECUTABLE;
}

static int prepare(const struct launch *launch)
{
	const struct program *program = launch->program;
	struct diag *diag = launch->diag;
	int error = 0;

	if (program->confine)
		error = program->confine(program->context, diag);
	if (error < 0)
		return error;
	if (program->session && setsid() < 0)
		return diag_errno(diag, -errno, "cannot make a session");
	error = set_descriptors(program->descriptors);
	if (error < 0)
		return diag_errno(diag, error,
				  "cannot set the standard descriptors");
	if (chdir(program->directory) < 0)
		return diag_errno(diag, -errno,
				  "cannot enter the working directory %s",
				  program->directory);
	error = rlimits_apply(program->limits, program->process_limit);
	if (error < 0)
		return diag_errno(diag, error, "cannot set resource limits");
	error = capabilities_set(program->capabilities);
	if (error < 0)
		return diag_errno(diag, error, "cannot set capabilities");
	(void)umask(022);
	reset_signals();
	return 0;
}

static int child(void *context)
{
	struct launch *launch = context;

	launch->error = prepare(launch);
	if (launch->error == 0)
		launch->error = execute(launch);
	_exit(1);
}

/*
 * The child runs in our memory while we wait for its execve(2): nothing is
 * copied, and what went wrong is simply there afterwards. It must not run our
 * signal handlers, and so all signals wait.
 */
static int spawn(struct launch *launch, pid_t *ret_pid, int *ret_pidfd)
{
	char stack[CHILD_STACK] __attribute__((aligned(16)));
	sigset_t all, before;
	int error, pidfd;
	pid_t pid;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return diag_errno(launch->diag, -errno, "cannot block signals");
	pid = clone(child, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, launch,
		    &pidfd);
	error = -errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return diag_errno(launch->diag, error, "cannot make a process");
	if (launch->error == 0) {
		*ret_pid = pid;
		*ret_pidfd = pidfd;
		return 0;
	}
	(void)close(pidfd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return launch->error;
}

int program_start(const struct program *program, pid_t *ret_pid, int *ret_pidfd,
		  struct diag *diag)
{
	struct launch launch = { .program = program, .diag = diag };
	int error = find_candidates(program, &launch.candidates);

	if (error < 0)
		diag_oom(diag);
	else if (!launch.candidates)
		error = diag_set(diag, GENERATION_NOT_FOUND,
				 "%s: not found in the jail",
				 program->arguments[0]);
	else
		error = spawn(&launch, ret_pid, ret_pidfd);
	strv_free(launch.candidates);
	return error;
}
