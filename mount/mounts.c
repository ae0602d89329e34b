#include "mount/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/beneath.h"

/*
 * What the file system itself has to say: lines like "e squashfs: ...", of
 * which the last is the one that matters.
 */
static void read_reason(int context, char *reason, size_t size)
{
	ssize_t length;

	reason[0] = '\0';
	while ((length = read(context, reason, size - 1)) > 0) {
		reason[length] = '\0';
		reason[strcspn(reason, "\n")] = '\0';
	}
}

static int configure_failed(int context, const char *type, const char *what,
			    struct diag *diag)
{
	int error = -errno;
	char reason[256];

	read_reason(context, reason, sizeof(reason));
	/* Past "e ", the severity. */
	if (strlen(reason) > 2 && reason[1] == ' ')
		return diag_errno(diag, error, "cannot mount %s: %s: %s", type,
				  what, reason + 2);
	return diag_errno(diag, error, "cannot mount %s: %s", type, what);
}

static int configure(int context, const char *type,
		     const struct mount_option *options, struct diag *diag)
{
	for (; options->key; options++) {
		unsigned int command = options->value ? FSCONFIG_SET_STRING
						      : FSCONFIG_SET_FLAG;

		if (fsconfig(context, command, options->key, options->value,
			     0) < 0)
			return configure_failed(context, type, options->key,
						diag);
	}
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return configure_failed(context, type, "superblock", diag);
	return 0;
}

int mount_create(const char *type, const struct mount_option *options,
		 unsigned int attributes, int *ret_mount, struct diag *diag)
{
	CLEANUP_CLOSE int context = fsopen(type, FSOPEN_CLOEXEC);
	int error, mount;

	if (context < 0) {
		diag_errno(diag, error = -errno, "cannot mount %s", type);
		if (error == -ENODEV)
			diag_hint(diag, "the kernel has no %s file system",
				  type);
		return error;
	}
	error = configure(context, type, options, diag);
	if (error < 0)
		return error;
	mount = fsmount(context, FSMOUNT_CLOEXEC, attributes);
	if (mount < 0)
		return configure_failed(context, type, "mount", diag);
	*ret_mount = mount;
	return 0;
}

int mount_attach(int mount, int target)
{
	if (move_mount(mount, "", target, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

int mount_attach_beneath(int mount, int root, const char *path,
			 struct diag *diag)
{
	CLEANUP_CLOSE int target =
		beneath_open(root, path, O_PATH | O_DIRECTORY, 0);
	int error = target < 0 ? target : mount_attach(mount, target);

	if (error < 0)
		return diag_errno(diag, error, "cannot mount at %s of the jail",
				  path);
	return 0;
}

int mount_restrict(int mount, uint64_t attributes)
{
	struct mount_attr change = { .attr_set = attributes };

	if (mount_setattr(mount, "", AT_EMPTY_PATH, &change, sizeof(change)) <
	    0)
		return -errno;
	return 0;
}
