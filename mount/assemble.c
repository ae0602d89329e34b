#include "mount/assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "mount/apply.h"
#include "mount/plan.h"

/* As the plan's options and the loop device's label. */
static const char label[] = "jailmount";

static int check_directory(const char *directory, struct diag *diag)
{
	struct stat stat_buffer;

	if (stat(directory, &stat_buffer) < 0)
		return diag_errno(diag, -errno, "cannot mount at %s",
				  directory);
	if (!S_ISDIR(stat_buffer.st_mode))
		return diag_errno(diag, -ENOTDIR, "cannot mount at %s",
				  directory);
	return 0;
}

int assemble(const struct verified_image *image, const char *directory,
	     struct diag *diag)
{
	const struct plan_options options = {
		.jail = label,
		.verity = image->protection == PROTECTION_VERITY,
		.assemble_only = true,
	};
	const struct superblock_source source = {
		.image = image,
		.label = label,
	};
	CLEANUP_PLAN struct plan plan = PLAN_INIT;
	struct jail_state jail = {
		.place = directory,
		.device_ends = DEVICE_ENDS_INIT,
	};
	CLEANUP_SUPERBLOCK struct superblock *superblock = NULL;
	struct host_state *host;
	int error = check_directory(directory, diag);

	if (error == 0)
		error = plan_make(&image->config, &options, &plan, diag);
	if (error == 0)
		error = superblock_new(&source, &superblock, diag);
	if (error == 0)
		error = apply_host(&plan, superblock, 0, &host, diag);
	if (error < 0)
		return error;
	jail.host = host;
	error = apply_jail(&jail, diag);
	/* What is mounted keeps itself; nobody reads the logs. */
	device_ends_close(&jail.device_ends);
	undo_host(host);
	return error;
}

/* The topmost mount there is an image: of squashfs, and the root of it. */
static bool is_image(const char *directory)
{
	struct statx properties;
	struct statfs filesystem;

	if (statfs(directory, &filesystem) < 0 ||
	    filesystem.f_type != SQUASHFS_MAGIC)
		return false;
	return statx(AT_FDCWD, directory, AT_NO_AUTOMOUNT, 0, &properties) ==
		       0 &&
	       properties.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

int disassemble(const char *directory, struct diag *diag)
{
	bool any = false;

	for (; is_image(directory); any = true) {
		if (umount2(directory, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
			return diag_errno(diag, -errno, "cannot unmount %s",
					  directory);
	}
	if (!any)
		return diag_set(diag, -EINVAL, "no jail is mounted at %s",
				directory);
	return 0;
}
