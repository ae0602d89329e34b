#include "mount/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "lib/beneath.h"
#include "mount/mounts.h"

enum {
	LAYER_ATTRIBUTES =
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	/* Inodes that are not the jail's: the root; "upper", "work", and in
	   this one "work" again and a file on its way up. */
	WRITABLE_OWN_INODES = 1,
	OVERLAY_OWN_INODES = 5,
	DIGITS = 24,
	FD_PATH_SIZE = 32,
};

static int create_tmpfs(const struct config_layer *layer, mode_t mode,
			uint32_t uid, uint32_t gid, uint64_t own_inodes,
			int *ret_mount, struct diag *diag)
{
	char size[DIGITS], inodes[DIGITS], mode_text[DIGITS], uid_text[DIGITS],
		gid_text[DIGITS];
	const struct mount_option options[] = {
		{ "size", size },      { "nr_inodes", inodes },
		{ "mode", mode_text }, { "uid", uid_text },
		{ "gid", gid_text },   { NULL, NULL },
	};

	(void)snprintf(size, DIGITS, "%" PRIu64, layer->bytes);
	(void)snprintf(inodes, DIGITS, "%" PRIu64, layer->inodes + own_inodes);
	(void)snprintf(mode_text, DIGITS, "%o", mode);
	(void)snprintf(uid_text, DIGITS, "%" PRIu32, uid);
	(void)snprintf(gid_text, DIGITS, "%" PRIu32, gid);
	return mount_create("tmpfs", options, LAYER_ATTRIBUTES, ret_mount,
			    diag);
}

static int create_writable(const struct config_layer *layer, uint32_t base,
			   int *ret_mount, int *ret_files, struct diag *diag)
{
	CLEANUP_CLOSE int mount = -1;
	int files, error;

	error = create_tmpfs(layer, layer->mode & 07777, base + layer->uid,
			     base + layer->gid, WRITABLE_OWN_INODES, &mount,
			     diag);
	if (error < 0)
		return error;
	files = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files < 0)
		return diag_errno(diag, -errno, "cannot open it");
	*ret_mount = steal_fd(&mount);
	*ret_files = files;
	return 0;
}

/* The directories of an overlay. */
static int make_directories(int mount, const struct stat *lower, int *ret_upper)
{
	CLEANUP_CLOSE int upper = -1;

	if (mkdirat(mount, "upper", 0700) < 0 ||
	    mkdirat(mount, "work", 0700) < 0)
		return -errno;
	upper = openat(mount, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* The owner first: a change of it drops set-id bits. */
	if (upper < 0 || fchown(upper, lower->st_uid, lower->st_gid) < 0 ||
	    fchmod(upper, lower->st_mode & 07777) < 0)
		return -errno;
	*ret_upper = steal_fd(&upper);
	return 0;
}

static int create_overlay(const struct config_layer *layer, int image,
			  int *ret_mount, int *ret_files, struct diag *diag)
{
	CLEANUP_CLOSE int mount = -1;
	struct stat lower;
	int error = beneath_stat(image, layer->path, &lower);

	if (error == 0 && !S_ISDIR(lower.st_mode))
		error = -ENOTDIR;
	if (error < 0)
		return diag_errno(diag, error,
				  "no such directory in the image");
	error = create_tmpfs(layer, 0700, 0, 0, OVERLAY_OWN_INODES, &mount,
			     diag);
	if (error < 0)
		return error;
	error = make_directories(mount, &lower, ret_files);
	if (error < 0)
		return diag_errno(diag, error, "cannot make its directories");
	*ret_mount = steal_fd(&mount);
	return 0;
}

int layer_create(const struct config_layer *layer, int image, uint32_t base,
		 int *ret_mount, int *ret_files, struct diag *diag)
{
	int error;

	if (layer->kind == CONFIG_LAYER_OVERLAY)
		error = create_overlay(layer, image, ret_mount, ret_files,
				       diag);
	else
		error = create_writable(layer, base, ret_mount, ret_files,
					diag);
	if (error < 0)
		return diag_wrap(diag, error, "layer %s", layer->path);
	return 0;
}

static void fd_path(char path[FD_PATH_SIZE], int fd)
{
	(void)snprintf(path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
}

/*
 * The tmpfs goes under the overlay, at the same place: kernels before 6.14
 * take as a layer only what is attached somewhere in our mount namespace, and
 * there it is out of sight. By descriptors, since no path of the jail's may
 * be resolved among the host's files.
 *
 * Nothing of an upper layer but copied-up, new and deleted files: no redirects
 * and no copies without data, which would be hard to read as evidence.
 */
static int attach_overlay(int mount, int upper, int lower, struct diag *diag)
{
	CLEANUP_CLOSE int work =
		openat(mount, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char lower_path[FD_PATH_SIZE], upper_path[FD_PATH_SIZE],
		work_path[FD_PATH_SIZE];
	const struct mount_option options[] = {
		{ "lowerdir", lower_path },
		{ "upperdir", upper_path },
		{ "workdir", work_path },
		{ "metacopy", "off" },
		{ "redirect_dir", "off" },
		{ "index", "off" },
		{ NULL, NULL },
	};
	CLEANUP_CLOSE int overlay = -1;
	int error;

	if (work < 0)
		return diag_errno(diag, -errno, "cannot open work directory");
	fd_path(lower_path, lower);
	fd_path(upper_path, upper);
	fd_path(work_path, work);
	error = mount_attach(mount, lower);
	if (error < 0)
		return diag_errno(diag, error, "cannot attach its tmpfs");
	error = mount_create("overlay", options, LAYER_ATTRIBUTES, &overlay,
			     diag);
	if (error < 0)
		return error;
	error = mount_attach(overlay, lower);
	if (error < 0)
		return diag_errno(diag, error, "cannot attach it");
	return 0;
}

int layer_attach(const struct config_layer *layer, int mount, int files,
		 int root, struct diag *diag)
{
	CLEANUP_CLOSE int lower =
		beneath_open(root, layer->path, O_PATH | O_DIRECTORY, 0);
	int error;

	if (lower < 0)
		return diag_errno(diag, lower, "cannot open %s of the jail",
				  layer->path);
	if (layer->kind == CONFIG_LAYER_OVERLAY) {
		error = attach_overlay(mount, files, lower, diag);
		if (error < 0)
			return diag_wrap(diag, error, "overlay %s",
					 layer->path);
		return 0;
	}
	error = mount_attach(mount, lower);
	if (error < 0)
		return diag_errno(diag, error, "cannot attach layer %s",
				  layer->path);
	return 0;
}
