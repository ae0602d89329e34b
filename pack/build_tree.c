/* The recipe's directory, as a mount. */
#include "pack/build_internal.h"

#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int write_map(pid_t pid, const char *file, uint32_t inside,
		     uint32_t outside)
{
	char path[64], map[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	(void)snprintf(map, sizeof(map), "%u %u 1\n", inside, outside);
	return write_kernel_file(AT_FDCWD, path, map);
}

/* A user namespace in which nobody lives, and the owner is `id` outside. */
static int new_user_namespace(const struct stat *owner, uint32_t id,
			      int *ret_namespace)
{
	struct clone_args arguments = { .flags = CLONE_NEWUSER };
	char path[64];
	long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	int r;

	if (pid == 0)
		for (;;)
			(void)pause();
	if (pid < 0)
		return -errno;
	r = write_map((pid_t)pid, "uid_map", owner->st_uid, id);
	if (r == 0)
		r = write_map((pid_t)pid, "gid_map", owner->st_gid, id);
	if (r == 0) {
		(void)snprintf(path, sizeof(path), "/proc/%ld/ns/user", pid);
		r = open(path, O_RDONLY | O_CLOEXEC);
		if (r < 0)
			r = -errno;
	}
	(void)kill((pid_t)pid, SIGKILL);
	/* It sends no signal at its end, hence __WALL. */
	(void)waitpid((pid_t)pid, NULL, __WALL);
	if (r < 0)
		return r;
	*ret_namespace = r;
	return 0;
}

/* A file system that cannot do it leaves the owners as they are. */
static int give_to(int tree, uint32_t id)
{
	struct mount_attr change = { .attr_set = MOUNT_ATTR_IDMAP };
	CLEANUP_CLOSE int namespace = -1;
	struct stat owner;
	int r;

	if (fstat(tree, &owner) < 0)
		return -errno;
	r = new_user_namespace(&owner, id, &namespace);
	if (r < 0)
		return r;
	change.userns_fd = (uint64_t)(unsigned int)namespace;
	if (mount_setattr(tree, "", AT_EMPTY_PATH, &change, sizeof(change)) < 0)
		return errno == EINVAL ? 0 : -errno;
	return 0;
}

int build_tree_open(const char *directory, uint32_t id, int *ret_tree,
		    struct diag *diag)
{
	CLEANUP_CLOSE int tree = open_tree(AT_FDCWD, directory,
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = 0;

	/* In a user namespace, what is mounted beneath cannot be left out. */
	if (tree < 0 && errno == EINVAL)
		tree = open_tree(AT_FDCWD, directory,
				 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
					 AT_RECURSIVE);
	if (tree < 0)
		r = -errno;
	else if (id > 0)
		r = give_to(tree, id);
	if (r < 0) {
		(void)diag_errno(diag, r, "cannot open the directory %s",
				 directory);
		if (r == -EPERM)
			diag_hint(diag, "root builds with the capability "
					"CAP_SYS_ADMIN only; an ordinary user "
					"needs none");
		return r;
	}
	*ret_tree = steal_fd(&tree);
	return 0;
}
