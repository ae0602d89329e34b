#include "mount/user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "lib/fdio.h"

enum { HOLDER_STACK = 16 << 10 };

/*
 * It shares our memory, so that none has to be copied for its short life, and
 * sends no SIGCHLD. Its stack stays untouched until it is reaped.
 */
struct holder {
	pid_t pid;
	pid_t parent;
	char stack[HOLDER_STACK] __attribute__((aligned(16)));
};

/* Nothing in here may touch more of the memory than the stack. */
static int hold(void *context)
{
	const struct holder *holder = context;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == holder->parent)
		(void)pause();
	return 0;
}

static int start(struct holder *holder, struct diag *diag)
{
	sigset_t all, before;
	int error;

	/* Whoever signals us must not make the holder run our handlers. */
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return diag_errno(diag, -errno, "cannot block signals");
	holder->pid = clone(hold, holder->stack + sizeof(holder->stack),
			    CLONE_VM | CLONE_FILES | CLONE_NEWUSER, holder);
	error = -errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (holder->pid >= 0)
		return 0;
	diag_errno(diag, error, "cannot make a user namespace");
	if (error == -ENOSPC)
		diag_hint(diag, "raise the sysctl user.max_user_namespaces");
	return error;
}

static int write_map(const struct holder *holder, const char *which,
		     const char *map, struct diag *diag)
{
	char path[64];
	int error;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", holder->pid, which);
	error = write_kernel_file(AT_FDCWD, path, map);
	if (error < 0)
		return diag_errno(diag, error, "cannot write %s", path);
	return 0;
}

static int furnish(const struct holder *holder, uint32_t base, uint32_t length,
		   int *ret_fd, struct diag *diag)
{
	char map[64], path[64];
	int error, fd;

	(void)snprintf(map, sizeof(map), "0 %" PRIu32 " %" PRIu32, base,
		       length);
	error = write_map(holder, "uid_map", map, diag);
	if (error == 0)
		error = write_map(holder, "gid_map", map, diag);
	if (error < 0)
		return error;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", holder->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	*ret_fd = fd;
	return 0;
}

int user_namespace_create(uint32_t base, uint32_t length,
			  struct user_namespace *ret_namespace,
			  struct diag *diag)
{
	struct user_namespace created = USER_NAMESPACE_INIT;
	int error;

	created.holder = malloc(sizeof(*created.holder));
	if (!created.holder)
		return diag_oom(diag);
	created.holder->parent = getpid();
	error = start(created.holder, diag);
	if (error < 0) {
		free(created.holder);
		return error;
	}
	error = furnish(created.holder, base, length, &created.fd, diag);
	/* Or the wait for it would never end. */
	while (kill(created.holder->pid, SIGKILL) < 0 && errno != ESRCH)
		;
	if (error < 0) {
		user_namespace_done(&created);
		return error;
	}
	*ret_namespace = created;
	return 0;
}

void user_namespace_settle(struct user_namespace *user_namespace)
{
	struct holder *holder = user_namespace->holder;

	if (!holder)
		return;
	while (waitpid(holder->pid, NULL, __WALL) < 0 && errno != ECHILD)
		;
	free(holder);
	user_namespace->holder = NULL;
}

void user_namespace_done(struct user_namespace *user_namespace)
{
	user_namespace_settle(user_namespace);
	close_fd(&user_namespace->fd);
}
