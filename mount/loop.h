/*
 * Loop devices: a file as a block device.
 */
#ifndef JAILMOUNT_LOOP_H
#define JAILMOUNT_LOOP_H

#include "lib/base.h"
#include "lib/diag.h"

enum { LOOP_PATH_SIZE = 32 };

/*
 * Attach `image_fd` to a free loop device, read-only. `label` is what
 * losetup(8) shows for it. The device detaches itself when *ret_loop and
 * everything mounted from it are gone.
 *
 * ioctl LOOP_CONFIGURE (Linux 5.8): the device is never seen half set up.
 */
int loop_attach(int image_fd, const char *label, int *ret_loop,
		char ret_path[LOOP_PATH_SIZE], struct diag *diag) MUST_CHECK;

#endif
