#include "mount/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "lib/fdio.h"

enum { HOLDER_STACK = 16 << 10 };

/* Shares our memory: nothing here may touch more of it than its stack. */
static int hold(void *parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == *(const pid_t *)parent)
		(void)pause();
	return 0;
}

static int write_map(pid_t holder, const char *which, const char *map,
		     struct diag *diag)
{
	char path[64];
	int error;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", holder, which);
	error = write_kernel_file(AT_FDCWD, path, map);
	if (error < 0)
		return diag_errno(diag, error, "cannot write %s", path);
	return 0;
}

static int furnish(pid_t holder, uint32_t base, uint32_t length,
		   int *ret_namespace, struct diag *diag)
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
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", holder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	*ret_namespace = fd;
	return 0;
}

/*
 * A namespace needs a process to be born with. It shares our memory, so that
 * none has to be copied for its short life, and sends no SIGCHLD.
 */
int user_namespace_create(uint32_t base, uint32_t length, int *ret_namespace,
			  struct diag *diag)
{
	char stack[HOLDER_STACK] __attribute__((aligned(16)));
	sigset_t all, before;
	pid_t self = getpid(), holder;
	int error;

	/* Whoever signals us must not make the holder run our handlers. */
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return diag_errno(diag, -errno, "cannot block signals");
	holder = clone(hold, stack + sizeof(stack),
		       CLONE_VM | CLONE_FILES | CLONE_NEWUSER, &self);
	error = -errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (holder < 0) {
		diag_errno(diag, error, "cannot make a user namespace");
		if (error == -ENOSPC)
			diag_hint(diag, "raise the sysctl "
					"user.max_user_namespaces");
		return error;
	}
	error = furnish(holder, base, length, ret_namespace, diag);
	/* Or the wait would never end. */
	while (kill(holder, SIGKILL) < 0 && errno != ESRCH)
		;
	while (waitpid(holder, NULL, __WALL) < 0 && errno == EINTR)
		;
	return error;
}

int idmap_mount(int mount, int user_namespace, struct diag *diag)
{
	struct mount_attr change = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)(unsigned int)user_namespace,
	};

	if (mount_setattr(mount, "", AT_EMPTY_PATH, &change, sizeof(change)) <
	    0) {
		int error = diag_errno(diag, -errno,
				       "cannot map the owners in the image");

		if (error == -EINVAL)
			diag_hint(diag, "this kernel's squashfs does not "
					"support idmapped mounts");
		return error;
	}
	return 0;
}
