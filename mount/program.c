#include "mount/program.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/sanitize.h"
#include "mount/capabilities.h"
#include "mount/generation.h"
#include "mount/rlimits.h"

enum { CHILD_STACK = 64 << 10 };

/* On the way to the program's first instruction. */
enum stage {
	STAGE_SESSION,
	STAGE_DESCRIPTORS,
	STAGE_DIRECTORY,
	STAGE_LIMITS,
	STAGE_CAPABILITIES,
	STAGE_EXECUTE,
};

/* What parent and child share while the child has not executed yet. */
struct launch {
	const struct program *program;
	char **candidates; /* paths to try in turn */
	enum stage stage;  /* that it came to */
	int error;	   /* at which it failed: a negative errno */
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
	return close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
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
		(void)syscall(SYS_execve, launch->candidates[i],
			      program->arguments, environment, 0L, 0L,
			      program->pass);
		if (errno != ENOENT && errno != ENOTDIR)
			error = -errno;
		/* A directory on the way that may not be searched, or a file
		   that may not be executed: others follow. */
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			break;
	}
	return error;
}

static int perform(const struct launch *launch)
{
	const struct program *program = launch->program;

	switch (launch->stage) {
	case STAGE_SESSION:
		return program->session && setsid() < 0 ? -errno : 0;
	case STAGE_DESCRIPTORS:
		return set_descriptors(program->descriptors);
	case STAGE_DIRECTORY:
		return chdir(program->directory) < 0 ? -errno : 0;
	case STAGE_LIMITS:
		return rlimits_apply(program->limits, program->process_limit);
	case STAGE_CAPABILITIES:
		return capabilities_set(program->capabilities);
	case STAGE_EXECUTE:
		(void)umask(022);
		reset_signals();
		return execute(launch);
	}
	return -EINVAL;
}

/* Returns when a stage has failed. Nothing is allocated on the way: the memory
 * may be another process's too, which would keep what we had locked. */
static void go(struct launch *launch)
{
	launch->error = 0;
	for (launch->stage = STAGE_SESSION;; launch->stage++) {
		launch->error = perform(launch);
		if (launch->error < 0)
			return;
	}
}

/* What became of it, in words. */
static int explain_failure(const struct launch *launch, struct diag *diag)
{
	const struct program *program = launch->program;
	const char *name = program->arguments[0];

	switch (launch->stage) {
	case STAGE_SESSION:
		return diag_errno(diag, launch->error, "cannot make a session");
	case STAGE_DESCRIPTORS:
		return diag_errno(diag, launch->error,
				  "cannot set the standard descriptors");
	case STAGE_DIRECTORY:
		return diag_errno(diag, launch->error,
				  "cannot enter the working directory %s",
				  program->directory);
	case STAGE_LIMITS:
		return diag_errno(diag, launch->error,
				  "cannot set resource limits");
	case STAGE_CAPABILITIES:
		return diag_errno(diag, launch->error,
				  "cannot set capabilities");
	case STAGE_EXECUTE:
		break;
	}
	if (launch->error == -ENOENT) {
		diag_set(diag, launch->error, "%s: not found in the jail",
			 name);
		return GENERATION_NOT_FOUND;
	}
	diag_errno(diag, launch->error, "cannot execute %s", name);
	return GENERATION_NOT_EXECUTABLE;
}

static int child(void *context)
{
	struct launch *launch = context;

	go(launch);
	_exit(1);
}

/*
 * The child runs in our memory while we wait for its execve(2): nothing is
 * copied, and what went wrong is simply there afterwards. It must not run our
 * signal handlers, and so all signals wait.
 */
static int spawn(struct launch *launch, pid_t *ret_pid, int *ret_pidfd,
		 struct diag *diag)
{
	char stack[CHILD_STACK] __attribute__((aligned(16)));
	sigset_t all, before;
	int error, pidfd;
	pid_t pid;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return diag_errno(diag, -errno, "cannot block signals");
	pid = clone(child, stack + sizeof(stack),
		    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, launch,
		    &pidfd);
	error = -errno;
	/* Those of a child that has executed are never returned from. */
	sanitize_forget_frames(stack, sizeof(stack));
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return diag_errno(diag, error, "cannot make a process");
	if (launch->error == 0) {
		*ret_pid = pid;
		*ret_pidfd = pidfd;
		return 0;
	}
	(void)close(pidfd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return explain_failure(launch, diag);
}

static int make_launch(const struct program *program, struct launch *ret_launch,
		       struct diag *diag)
{
	struct launch launch = { .program = program };

	if (find_candidates(program, &launch.candidates) < 0) {
		strv_free(launch.candidates);
		return diag_oom(diag);
	}
	if (!launch.candidates)
		return diag_set(diag, GENERATION_NOT_FOUND,
				"%s: not found in the jail",
				program->arguments[0]);
	*ret_launch = launch;
	return 0;
}

int program_start(const struct program *program, pid_t *ret_pid, int *ret_pidfd,
		  struct diag *diag)
{
	struct launch launch;
	int error = make_launch(program, &launch, diag);

	if (error < 0)
		return error;
	error = spawn(&launch, ret_pid, ret_pidfd, diag);
	strv_free(launch.candidates);
	return error;
}

int program_become(const struct program *program, struct diag *diag)
{
	struct launch launch;
	int error = make_launch(program, &launch, diag);

	if (error < 0)
		return error;
	go(&launch);
	error = explain_failure(&launch, diag);
	strv_free(launch.candidates);
	return error;
}
