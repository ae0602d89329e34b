/* What the commands of `build` find: the file systems of their room. */
#include "pack/build_internal.h"

#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/xattr.h>

/* Where the directory and its layers are for as long as it takes. */
#define OBJECTS "objects"
#define PLACE "build"

static int failed(struct diag *diag, const char *what, const char *path)
{
	return diag_errno(diag, -errno, "cannot %s %s", what, path);
}

/* Of 4 GiB and half of the memory the lesser: what fills more would take it
 * from everybody else on the machine. */
static uint64_t memory_limit(void)
{
	const uint64_t most = UINT64_C(4) << 30;
	struct sysinfo info;
	uint64_t half;

	if (sysinfo(&info) < 0)
		return most;
	half = (uint64_t)info.totalram * info.mem_unit / 2;
	return half < most ? half : most;
}

/* A file system in memory that is not attached yet. */
static int new_memory(int *ret_mount, struct diag *diag)
{
	CLEANUP_CLOSE int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	char size[32], inodes[32];
	int mount;

	(void)snprintf(size, sizeof(size), "%" PRIu64, memory_limit());
	(void)snprintf(inodes, sizeof(inodes), "%d", BUILD_FILES_MAX);
	if (context < 0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", inodes, 0) <
		    0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return failed(diag, "make", "a file system in memory");
	mount = fsmount(context, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mount < 0)
		return failed(diag, "make", "a file system in memory");
	*ret_mount = mount;
	return 0;
}

static int attach(int mount, const char *path, struct diag *diag)
{
	if (move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return failed(diag, "mount", path);
	return 0;
}

static int make_directory(const char *path, struct diag *diag)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return failed(diag, "make the directory", path);
	return 0;
}

static int make_file(const char *path, const char *text, struct diag *diag)
{
	CLEANUP_CLOSE int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : write_all(fd, text, strlen(text));

	return r < 0 ? diag_errno(diag, r, "cannot write %s", path) : 0;
}

/* `attributes` of mount_setattr(2), for all that is mounted beneath, too. */
static int restrict_mount(int mount, uint64_t attributes)
{
	struct mount_attr change = { .attr_set = attributes };

	return mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &change,
			     sizeof(change));
}

/* --- What is the host's --- */

struct shown {
	const char *path;
	uint64_t attributes;
};

enum {
	READ_ONLY = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	DEVICE = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
};

/* The tools, what they look up to run, and devices that hold nothing. */
static const struct shown shown[] = {
	{ "/usr", READ_ONLY },
	{ "/bin", READ_ONLY },
	{ "/sbin", READ_ONLY },
	{ "/lib", READ_ONLY },
	{ "/lib32", READ_ONLY },
	{ "/lib64", READ_ONLY },
	{ "/libx32", READ_ONLY },
	{ "/etc/alternatives", READ_ONLY },
	{ "/etc/ld.so.cache", READ_ONLY },
	{ "/etc/ld.so.conf", READ_ONLY },
	{ "/etc/ld.so.conf.d", READ_ONLY },
	{ "/dev/null", DEVICE },
	{ "/dev/zero", DEVICE },
	{ "/dev/full", DEVICE },
	{ "/dev/random", DEVICE },
	{ "/dev/urandom", DEVICE },
};

/* The working directory is the room's root to be. */
static int show_link(const char *path, struct diag *diag)
{
	char target[4096];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return failed(diag, "read the link", path);
	target[length] = '\0';
	if (symlink(target, path + 1) < 0)
		return failed(diag, "make the link", path);
	return 0;
}

static int show(const struct shown *what, struct diag *diag)
{
	CLEANUP_CLOSE int tree = -1;
	struct stat status;
	int r;

	if (lstat(what->path, &status) < 0)
		return errno == ENOENT ? 0
				       : failed(diag, "look at", what->path);
	if (S_ISLNK(status.st_mode))
		return show_link(what->path, diag);
	tree = open_tree(AT_FDCWD, what->path,
			 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 || restrict_mount(tree, what->attributes) < 0)
		return failed(diag, "open", what->path);
	r = S_ISDIR(status.st_mode) ? make_directory(what->path + 1, diag)
				    : make_file(what->path + 1, "", diag);
	return r < 0 ? r : attach(tree, what->path + 1, diag);
}

/* Without processes to look at, and without the rest of /proc, which tells of
 * the host. A room inside of somebody's container may have to do without. */
static int show_processes(struct diag *diag)
{
	CLEANUP_CLOSE int context = fsopen("proc", FSOPEN_CLOEXEC);
	CLEANUP_CLOSE int mount = -1;

	if (context < 0 ||
	    fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0)
		return failed(diag, "make", "/proc");
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return errno == EPERM ? 0 : failed(diag, "make", "/proc");
	mount = fsmount(context, FSMOUNT_CLOEXEC,
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC);
	if (mount < 0)
		return errno == EPERM ? 0 : failed(diag, "make", "/proc");
	return attach(mount, "proc", diag);
}

static int show_host(struct diag *diag)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" },
		{ "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" },
		{ "/tmp", "dev/shm" },
	};
	int r = show_processes(diag);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(shown); i++)
		r = show(&shown[i], diag);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) < 0)
			r = failed(diag, "make", links[i][1]);
	if (r == 0)
		r = make_file("etc/passwd",
			      "root:x:0:0:root:/home:/bin/sh\n"
			      "nobody:x:65534:65534:nobody:/nonexistent:"
			      "/usr/sbin/nologin\n",
			      diag);
	if (r == 0)
		r = make_file("etc/group", "root:x:0:\nnogroup:x:65534:\n",
			      diag);
	if (r == 0)
		r = make_file("etc/hosts", "127.0.0.1 localhost\n", diag);
	return r;
}

/* --- What is the recipe's --- */

/* Can there be a layer over it? What changes a directory needs attributes of
 * its files, and owners that this user namespace knows. */
static bool can_layer(int tree)
{
	struct stat status;

	return fstat(tree, &status) == 0 && status.st_uid == 0 &&
	       status.st_gid == 0 &&
	       setxattr(OBJECTS "/upper", "user.jailpack", "", 0, 0) == 0 &&
	       removexattr(OBJECTS "/upper", "user.jailpack") == 0;
}

static int layer(int tree)
{
	int r = 0;

	if (!can_layer(tree) || move_mount(tree, "", AT_FDCWD, OBJECTS "/lower",
					   MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -ENOTSUP;
	if (mount("overlay", PLACE, "overlay", MS_NOSUID | MS_NODEV,
		  "userxattr,lowerdir=" OBJECTS "/lower,upperdir=" OBJECTS
		  "/upper,workdir=" OBJECTS "/work") < 0)
		r = -ENOTSUP;
	return umount2(OBJECTS "/lower", MNT_DETACH) < 0 ? -errno : r;
}

/* A directory of the file system for objects, at its place in the room. */
static int bind_own(const char *from, const char *to, struct diag *diag)
{
	CLEANUP_CLOSE int tree =
		open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return failed(diag, "open", from);
	return attach(tree, to, diag);
}

static int copy_tree(int tree, struct diag *diag)
{
	CLEANUP_CLOSE int copy =
		open(OBJECTS "/upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (copy < 0)
		return failed(diag, "open", "the copy");
	r = build_copy(tree, copy, diag);
	return r < 0 ? r : bind_own(OBJECTS "/upper", PLACE, diag);
}

static int show_recipe(int tree, struct diag *diag)
{
	CLEANUP_CLOSE int objects = -1;
	static const char *const own[] = { "upper", "work", "lower", "tmp",
					   "home" };
	int r = new_memory(&objects, diag);

	if (r == 0)
		r = attach(objects, OBJECTS, diag);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(own); i++)
		if (mkdirat(objects, own[i], 0755) < 0)
			r = failed(diag, "make the directory", own[i]);
	if (r == 0) {
		r = layer(tree);
		if (r == -ENOTSUP)
			r = copy_tree(tree, diag);
		else if (r < 0)
			r = diag_errno(diag, r, "cannot mount the directory");
	}
	if (r == 0)
		r = bind_own(OBJECTS "/tmp", "tmp", diag);
	if (r == 0)
		r = bind_own(OBJECTS "/home", "home", diag);
	if (r == 0 && umount2(OBJECTS, MNT_DETACH) < 0)
		r = failed(diag, "unmount", OBJECTS);
	return r;
}

/* --- All of it --- */

/* The new root lies on top of the old one, which by its absolute paths is
 * still to be had; the working directory is in the new one. */
static int make_root(int root, struct diag *diag)
{
	static const char *const directories[] = {
		"dev", "etc", "home", OBJECTS, "proc", PLACE, "stage", "tmp",
	};
	int r;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return failed(diag, "make private", "the mounts");
	r = attach(root, "/", diag);
	if (r == 0 && fchdir(root) < 0)
		r = failed(diag, "enter", "the room");
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(directories); i++)
		r = make_directory(directories[i], diag);
	return r;
}

/* As pivot_root(2) explains: the old root lands on top of the new one. */
static int enter_root(int root, struct diag *diag)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	if (syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0)
		return failed(diag, "enter", "the room");
	if (rmdir(OBJECTS) < 0 ||
	    mount_setattr(root, "", AT_EMPTY_PATH, &read_only,
			  sizeof(read_only)) < 0)
		return failed(diag, "close", "the room");
	if (chdir("/" PLACE) < 0)
		return failed(diag, "enter", "the directory");
	return 0;
}

int build_furnish(const struct build_child *child, struct diag *diag)
{
	CLEANUP_CLOSE int root = -1, tree = -1;
	int r;

	/* An ordinary user can make a mount of it only in here. */
	if (child->tree < 0) {
		r = build_tree_open(child->plan->directory, 0, &tree, diag);
		if (r < 0)
			return r;
	}
	r = new_memory(&root, diag);
	if (r == 0)
		r = make_root(root, diag);
	if (r == 0)
		r = show_host(diag);
	if (r == 0)
		r = show_recipe(child->tree < 0 ? tree : child->tree, diag);
	if (r == 0)
		r = enter_root(root, diag);
	return r;
}

int build_stage_new(int *ret_stage, struct diag *diag)
{
	CLEANUP_CLOSE int memory = -1;
	int stage = -1, r = new_memory(&memory, diag);

	if (r == 0)
		r = attach(memory, BUILD_STAGE, diag);
	if (r == 0) {
		stage = openat(memory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (stage < 0)
			r = failed(diag, "open", BUILD_STAGE);
	}
	if (r == 0)
		*ret_stage = stage;
	return r;
}
