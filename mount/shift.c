#include "mount/shift.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "mount/mounts.h"
#include "mount/namespaces.h"

enum {
	STACK_SIZE = 1 << 20,
	DEPTH_MAX = 256, /* of directories: each takes a descriptor and stack */
	FD_PATH_SIZE = 32,
	ATTRIBUTES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
};

struct shift {
	int image;
	int overlay; /* made here */
	uint32_t base, length;
	struct diag *diag;
	int error;
};

static int shift_entry(const struct shift *shift, int directory,
		       const char *name, const struct stat *st)
{
	if (st->st_uid >= shift->length || st->st_gid >= shift->length)
		return diag_set(shift->diag, -EOVERFLOW,
				"%s in the image belongs to %" PRIu32
				":%" PRIu32 ", beyond the jail's ids",
				name, st->st_uid, st->st_gid);
	if (fchownat(directory, name, shift->base + st->st_uid,
		     shift->base + st->st_gid,
		     AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
		return diag_errno(shift->diag, -errno,
				  "cannot change the owner of %s", name);
	return 0;
}

static int shift_children(const struct shift *shift, DIR *children, int depth);

/* Takes the descriptor. */
static int shift_directory(const struct shift *shift, int directory, int depth)
{
	DIR *children = depth < DEPTH_MAX ? fdopendir(directory) : NULL;
	int error = -errno;

	if (children) {
		error = shift_children(shift, children, depth);
		(void)closedir(children);
		return error;
	}
	close_fd(&directory);
	if (depth == DEPTH_MAX)
		return diag_set(shift->diag, -ELOOP,
				"directories in the image are nested more "
				"than %d deep",
				DEPTH_MAX);
	return diag_errno(shift->diag, error, "cannot read a directory");
}

static int shift_child(const struct shift *shift, int directory,
		       const char *name, int depth)
{
	struct stat st;
	int error, child;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return diag_errno(shift->diag, -errno, "cannot look at %s",
				  name);
	error = shift_entry(shift, directory, name, &st);
	if (error < 0 || !S_ISDIR(st.st_mode))
		return error;
	child = openat(directory, name,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (child < 0)
		return diag_errno(shift->diag, -errno, "cannot open %s", name);
	return shift_directory(shift, child, depth + 1);
}

static int shift_children(const struct shift *shift, DIR *children, int depth)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(children))) {
		int error;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		error = shift_child(shift, dirfd(children), entry->d_name,
				    depth);
		if (error < 0)
			return error;
	}
	if (errno)
		return diag_errno(shift->diag, -errno,
				  "cannot read a directory");
	return 0;
}

static int shift_tree(const struct shift *shift)
{
	int root =
		openat(shift->overlay, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int error;

	if (root < 0 || fstat(root, &st) < 0) {
		error = -errno;
		close_fd(&root);
		return diag_errno(shift->diag, error, "cannot open it");
	}
	error = shift_entry(shift, root, "", &st);
	if (error < 0) {
		close_fd(&root);
		return error;
	}
	return shift_directory(shift, root, 0);
}

/* The upper one is the root of the overlay: it needs the image's mode. */
static int make_directories(int image, int tmpfs)
{
	struct stat root;

	if (fstat(image, &root) < 0 || mkdirat(tmpfs, "upper", 0700) < 0 ||
	    mkdirat(tmpfs, "work", 0700) < 0 ||
	    fchmodat(tmpfs, "upper", root.st_mode & 07777, 0) < 0)
		return -errno;
	return 0;
}

static int make_overlay(int image, int upper_files, int *ret_overlay,
			struct diag *diag)
{
	char lower[FD_PATH_SIZE], upper[FD_PATH_SIZE + 8],
		work[FD_PATH_SIZE + 8];
	const struct mount_option options[] = {
		{ "lowerdir", lower }, { "upperdir", upper },
		{ "workdir", work },   { "metacopy", "on" },
		{ "index", "off" },    { NULL, NULL },
	};

	(void)snprintf(lower, sizeof(lower), "/proc/self/fd/%d", image);
	(void)snprintf(upper, sizeof(upper), "/proc/self/fd/%d/upper",
		       upper_files);
	(void)snprintf(work, sizeof(work), "/proc/self/fd/%d/work",
		       upper_files);
	return mount_create("overlay", options, ATTRIBUTES, ret_overlay, diag);
}

/* Attached somewhere: kernels before 6.14 take nothing else as a layer. Over
 * the root they are out of everybody's sight, in a namespace of their own. */
static int attach_layers(int image, int tmpfs)
{
	CLEANUP_CLOSE int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (root < 0)
		return -errno;
	error = mount_attach(image, root);
	return error < 0 ? error : mount_attach(tmpfs, root);
}

static int make_shifted(struct shift *shift)
{
	const struct mount_option options[] = {
		{ "mode", "0700" },
		{ NULL, NULL },
	};
	CLEANUP_CLOSE int tmpfs = -1;
	int error = namespaces_private(shift->diag);

	if (error == 0)
		error = mount_create("tmpfs", options, ATTRIBUTES, &tmpfs,
				     shift->diag);
	if (error < 0)
		return error;
	error = make_directories(shift->image, tmpfs);
	if (error < 0)
		return diag_errno(shift->diag, error,
				  "cannot make its directories");
	error = attach_layers(shift->image, tmpfs);
	if (error < 0)
		return diag_errno(shift->diag, error,
				  "cannot attach its layers");
	error = make_overlay(shift->image, tmpfs, &shift->overlay, shift->diag);
	if (error == 0)
		error = shift_tree(shift);
	if (error < 0)
		return error;
	error = mount_restrict(shift->overlay, MOUNT_ATTR_RDONLY);
	if (error < 0)
		return diag_errno(shift->diag, error,
				  "cannot make it read-only");
	return 0;
}

/* In our memory and with our descriptors, but in a mount namespace of its own:
 * what it attaches is gone with it. */
static int run(void *context)
{
	struct shift *shift = context;

	shift->error = make_shifted(shift);
	return 0;
}

int shift_owners(int *mount, uint32_t base, uint32_t length, struct diag *diag)
{
	struct shift shift = {
		.image = *mount,
		.overlay = -1,
		.base = base,
		.length = length,
		.diag = diag,
		.error = -EINTR, /* if it is killed */
	};
	CLEANUP_FREE char *stack = malloc(STACK_SIZE);
	sigset_t all, before;
	pid_t child;

	if (!stack)
		return diag_oom(diag);
	/* Whoever signals us must not make the child run our handlers. */
	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &before) < 0)
		return diag_errno(diag, -errno, "cannot block signals");
	child = clone(run, stack + STACK_SIZE,
		      CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_NEWNS,
		      &shift);
	if (child < 0)
		shift.error = diag_errno(diag, -errno,
					 "cannot make a mount namespace");
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	while (child > 0 && waitpid(child, NULL, __WALL) < 0 && errno == EINTR)
		;
	if (shift.error < 0) {
		close_fd(&shift.overlay);
		return diag_wrap(diag, shift.error,
				 "cannot move the owners in the image");
	}
	close_fd(mount);
	*mount = shift.overlay;
	return 0;
}
