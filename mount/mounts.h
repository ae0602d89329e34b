/*
 * The kernel's newer mount interface: a file system is configured, becomes a
 * detached mount behind a descriptor, and is attached to a directory when its
 * time has come. What is never attached is gone when the descriptor is closed.
 *
 * fsopen(2), fsconfig(2), fsmount(2), move_mount(2) (Linux 5.2),
 * mount_setattr(2) (Linux 5.12).
 */
#ifndef JAILMOUNT_MOUNTS_H
#define JAILMOUNT_MOUNTS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>
#include <sys/mount.h>

struct mount_option {
	const char *key;
	const char *value; /* NULL: a flag */
};

/*
 * A new superblock of file system `type` and a detached mount of it, with the
 * MOUNT_ATTR_ flags of `attributes`. The options end with a NULL key. The
 * diagnostic has the kernel's own words. *ret_mount works as an O_PATH
 * descriptor of its root.
 */
int mount_create(const char *type, const struct mount_option *options,
		 unsigned int attributes, int *ret_mount,
		 struct diag *diag) MUST_CHECK;

/* Attach a detached mount to the directory that `target` is open on. 0 or
 * -errno. */
int mount_attach(int mount, int target) MUST_CHECK;

/* Attach it at `path` beneath `root`, where every link stays beneath it. */
int mount_attach_beneath(int mount, int root, const char *path,
			 struct diag *diag) MUST_CHECK;

/* Turn MOUNT_ATTR_ flags on. 0 or -errno. */
int mount_restrict(int mount, uint64_t attributes) MUST_CHECK;

#endif
