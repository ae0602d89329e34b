#include "mount/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

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
