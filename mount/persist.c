/*
 * What the host keeps for a jail: a directory, or, where it has a bound, an
 * ext4 file system of that size in a file beside it, since a directory cannot
 * be bounded on every file system.
 */
#include "lib/fdio.h"
#include "lib/path.h"
#include "mount/loop.h"
#include "mount/mounts.h"
#include "mount/places.h"
#include "mount/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define IMAGE_SUFFIX ".ext4"
#define NEW_SUFFIX ".new"

enum { NAME_LIMIT = 255, FD_PATH_SIZE = 32, MENDED = 1 /* by e2fsck(8) */ };

/* The directories above it, and a descriptor of the last. */
static int open_parents(int jail_directory, const char *path, int *ret_fd)
{
	CLEANUP_FREE char *parent = path_parent(path);
	CLEANUP_CLOSE int fd =
		openat(jail_directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *name, *rest;

	if (!parent || fd < 0)
		return parent ? -errno : -ENOMEM;
	for (name = strtok_r(parent, "/", &rest); name;
	     name = strtok_r(NULL, "/", &rest)) {
		int next;

		if (mkdirat(fd, name, 0755) < 0 && errno != EEXIST)
			return -errno;
		next = openat(fd, name,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -errno;
		close_fd(&fd);
		fd = next;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* The owner first: a change of it drops bits. */
static int furnish(const struct config_persist *persist, int fd)
{
	if (fchown(fd, persist->uid, persist->gid) < 0 ||
	    fchmod(fd, persist->mode & 01777) < 0)
		return -errno;
	return 0;
}

/* Made with the owner and mode of the recipe, or opened as it is. */
static int open_directory(const struct config_persist *persist, int parent,
			  const char *name, int *ret_fd, struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	bool made = mkdirat(parent, name, 0700) == 0;
	int r;

	if (!made && errno != EEXIST)
		return diag_errno(diag, -errno, "cannot make it");
	fd = openat(parent, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open it");
	r = made ? furnish(persist, fd) : 0;
	if (r < 0) {
		(void)unlinkat(parent, name, AT_REMOVEDIR);
		return diag_errno(diag, r, "cannot furnish it");
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* --- With a bound --------------------------------------------------------- */

static int attach(int image, int *ret_loop, char ret_path[LOOP_PATH_SIZE],
		  struct diag *diag)
{
	return loop_attach(image, PERSIST_DIRECTORY, true, ret_loop, ret_path,
			   diag);
}

/* The root of a fresh file system becomes what the recipe says. */
static int furnish_image(const struct config_persist *persist, int image,
			 struct diag *diag)
{
	CLEANUP_CLOSE int loop = -1, mount = -1, root = -1;
	char path[LOOP_PATH_SIZE];
	const struct mount_option options[] = {
		{ "source", path },
		{ NULL, NULL },
	};
	int r = attach(image, &loop, path, diag);

	if (r == 0)
		r = mount_create("ext4", options, MOUNT_ATTR_NOEXEC, &mount,
				 diag);
	if (r < 0)
		return r;
	root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* e2fsck(8) makes it again when it has something to put there. */
	if (root < 0 || unlinkat(root, "lost+found", AT_REMOVEDIR) < 0)
		return diag_errno(diag, -errno, "cannot furnish it");
	r = furnish(persist, root);
	return r < 0 ? diag_errno(diag, r, "cannot furnish it") : 0;
}

/* A fresh file system, under its name only once it is whole. */
static int make_image(const struct config_persist *persist, int parent,
		      const char *name, struct diag *diag)
{
	char new_name[NAME_LIMIT + sizeof(IMAGE_SUFFIX NEW_SUFFIX)];
	char path[FD_PATH_SIZE];
	CLEANUP_CLOSE int fd = -1;
	int r;

	(void)snprintf(new_name, sizeof(new_name), "%s" NEW_SUFFIX, name);
	/* Left by one that was killed: the jail's name is ours alone. */
	(void)unlinkat(parent, new_name, 0);
	fd = openat(parent, new_name,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)persist->bytes) < 0)
		return diag_errno(diag, -errno, "cannot make it");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = tool_run((const char *const[]){ "mkfs.ext4", "-q", "-F", "-m", "0",
					    path, NULL },
		     fd, 0, diag);
	if (r == 0)
		r = furnish_image(persist, fd, diag);
	if (r == 0 &&
	    (fsync(fd) < 0 || renameat(parent, new_name, parent, name) < 0))
		r = diag_errno(diag, -errno, "cannot keep it");
	if (r < 0)
		(void)unlinkat(parent, new_name, 0);
	return r;
}

/* The recipe wants more than there is. */
static int grow_image(const struct config_persist *persist, int fd,
		      struct diag *diag)
{
	char path[FD_PATH_SIZE];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = tool_run((const char *const[]){ "e2fsck", "-f", "-p", path, NULL },
		     fd, MENDED, diag);
	if (r == 0 && ftruncate(fd, (off_t)persist->bytes) < 0)
		r = diag_errno(diag, -errno, "cannot make it larger");
	if (r == 0)
		r = tool_run((const char *const[]){ "resize2fs", path, NULL },
			     fd, 0, diag);
	return r;
}

static int fit_image(const struct config_persist *persist, int fd,
		     struct diag *diag)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return diag_errno(diag, -errno, "cannot see its size");
	if ((uint64_t)st.st_size < persist->bytes)
		return grow_image(persist, fd, diag);
	if ((uint64_t)st.st_size == persist->bytes)
		return 0;
	(void)diag_set(diag, -EFBIG,
		       "what is kept has a bound of %jd bytes, and the image "
		       "asks for %" PRIu64,
		       (intmax_t)st.st_size, persist->bytes);
	diag_hint(diag, "resize2fs(8) makes it smaller if it is not so full");
	return -EFBIG;
}

static int open_bounded(const struct config_persist *persist, int parent,
			const char *name, struct place *place,
			struct diag *diag)
{
	CLEANUP_CLOSE int image = -1;
	char path[LOOP_PATH_SIZE];
	int r = 0;

	if (faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		r = make_image(persist, parent, name, diag);
	if (r < 0)
		return r;
	image = openat(parent, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (image < 0)
		return diag_errno(diag, -errno, "cannot open it");
	r = fit_image(persist, image, diag);
	if (r == 0)
		r = attach(image, &place->source, path, diag);
	if (r < 0)
		return r;
	place->kind = PLACE_DEVICE;
	place->shown = strdup(path);
	if (place->shown)
		return 0;
	close_fd(&place->source);
	return diag_oom(diag);
}

int persist_open(const struct config_persist *persist, int jail_directory,
		 const char *shown, struct place *place, struct diag *diag)
{
	const char *plain = path_name(persist->path);
	char bounded[NAME_LIMIT + sizeof(IMAGE_SUFFIX)];
	CLEANUP_CLOSE int parent = -1;
	const char *name = persist->bytes ? bounded : plain;
	const char *other = persist->bytes ? plain : bounded;
	int r = open_parents(jail_directory, persist->path, &parent);

	if (r < 0)
		return diag_errno(diag, r, "cannot make %s", shown);
	(void)snprintf(bounded, sizeof(bounded), "%s" IMAGE_SUFFIX, plain);
	/* Whoever gives it a bound, or takes it away, must not find it empty.
	 */
	if (faccessat(parent, other, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		(void)diag_set(diag, -EEXIST,
			       "%s was kept %s a bound until now", shown,
			       persist->bytes ? "without" : "with");
		diag_hint(diag, "move what is in it, and remove it");
		return -EEXIST;
	}
	place->kind = PLACE_DIRECTORY;
	r = persist->bytes ? open_bounded(persist, parent, name, place, diag)
			   : open_directory(persist, parent, name,
					    &place->source, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", shown) : 0;
}
