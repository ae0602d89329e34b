/*
 * Being called as mount.jail by mount(8), "External helpers", for
 * `mount -t jail IMAGE DIRECTORY` and lines in fstab(5).
 */
#ifndef JAILMOUNT_MOUNT_HELPER_H
#define JAILMOUNT_MOUNT_HELPER_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/options.h"

#include <stdbool.h>

/* Is that the name that the program was called by? */
bool mount_helper_is_called(const char *program);

/*
 * "IMAGE DIRECTORY [-sfnv] [-N NAMESPACE] [-o OPTIONS] [-t TYPE]" as the
 * options of `jailmount IMAGE DIRECTORY`. Of the mount options those mean
 * nothing that are mount(8)'s own or that hold for a jail anyway; others are
 * refused with -EINVAL, unless -s asks not to be so particular. With -f the
 * image is verified and nothing mounted.
 */
int mount_helper_parse(int argc, char *const *argv, struct options *options,
		       struct diag *diag) MUST_CHECK;

#endif
