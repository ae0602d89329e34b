#include "mount/namespaces.h"

#include <errno.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "lib/fdio.h"

int namespaces_private(struct diag *diag)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return diag_errno(diag, -errno, "cannot make mounts private");
	return 0;
}

/*
 * The old root lands on top of the new one, as pivot_root(2) explains, and is
 * the one that "." then unmounts.
 */
int namespaces_pivot(int root, struct diag *diag)
{
	if (fchdir(root) < 0)
		return diag_errno(diag, -errno, "cannot enter the image");
	if (syscall(SYS_pivot_root, ".", ".") < 0) {
		int error = diag_errno(diag, -errno, "pivot_root failed");

		if (error == -EINVAL)
			diag_hint(diag, "the host's own root must not be the "
					"initial RAM file system");
		return error;
	}
	if (umount2(".", MNT_DETACH) < 0)
		return diag_errno(diag, -errno,
				  "cannot detach the host's file systems");
	if (chdir("/") < 0)
		return diag_errno(diag, -errno, "cannot enter the new root");
	return 0;
}

int namespaces_cgroup(struct diag *diag)
{
	if (unshare(CLONE_NEWCGROUP) < 0)
		return diag_errno(diag, -errno,
				  "cannot make a cgroup namespace");
	return 0;
}

/* Not by the C library: its setgroups() and the like would first speak to
 * other threads, of which there are none. */
static int become_root(struct diag *diag)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    syscall(SYS_setresgid, 0, 0, 0) < 0 ||
	    syscall(SYS_setresuid, 0, 0, 0) < 0)
		return diag_errno(diag, -errno,
				  "cannot become the jail's root");
	return 0;
}

static int forbid(int proc, bool all, struct diag *diag)
{
	static const char *const kinds[] = {
		"user", "mnt", "pid", "ipc", "uts", "net", "cgroup", "time",
	};
	size_t count = all ? ARRAY_SIZE(kinds) : 1;
	char path[64];

	for (size_t i = 0; i < count; i++) {
		int error;

		(void)snprintf(path, sizeof(path), "sys/user/max_%s_namespaces",
			       kinds[i]);
		error = write_kernel_file(proc, path, "0");
		if (error < 0)
			return diag_errno(diag, error,
					  "cannot forbid further %s "
					  "namespaces",
					  kinds[i]);
	}
	return 0;
}

/* What is in a memory file is not executed, where a recipe allows those at all.
 * The setting is that of the process namespace; Linux 6.3. */
static int forbid_memory_programs(int proc, struct diag *diag)
{
	int error = write_kernel_file(proc, "sys/vm/memfd_noexec", "2");

	if (error < 0 && error != -ENOENT)
		return diag_errno(diag, error,
				  "cannot forbid programs in memory files");
	return 0;
}

int namespaces_enter_user(int user_namespace, int proc, bool all,
			  struct diag *diag)
{
	int error = forbid_memory_programs(proc, diag);

	if (error < 0)
		return error;
	if (setns(user_namespace, CLONE_NEWUSER) < 0)
		return diag_errno(diag, -errno,
				  "cannot enter the user namespace");
	error = become_root(diag);
	return error < 0 ? error : forbid(proc, all, diag);
}

int namespaces_join(int pidfd, struct diag *diag)
{
	if (setns(pidfd, NAMESPACES_NEW | CLONE_NEWCGROUP) < 0)
		return diag_errno(diag, -errno,
				  "cannot join the namespaces of the jail");
	return 0;
}

int namespaces_join_user(int pidfd, struct diag *diag)
{
	if (setns(pidfd, CLONE_NEWUSER) < 0)
		return diag_errno(diag, -errno,
				  "cannot join the user namespace");
	return become_root(diag);
}
