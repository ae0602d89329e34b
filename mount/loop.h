/*
 * Loop devices: a file as a block device.
 */
#ifndef JAILMOUNT_LOOP_H
#define JAILMOUNT_LOOP_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

enum { LOOP_PATH_SIZE = 32 };

/*
 * Attach `image_fd` to a free loop device, read-only but if it is to be
 * `writable`. `label` is what
 * losetup(8) shows for it. The device detaches itself when *ret_loop and
 * everything mounted from it are gone.
 *
 * ioctl LOOP_CONFIGURE (Linux 5.8): the device is never seen half set up.
 */
int loop_attach(int image_fd, const char *label, bool writable, int *ret_loop,
		char ret_path[LOOP_PATH_SIZE], struct diag *diag) MUST_CHECK;

/* The path of an open one, which is checked to lead to it. 0 or -errno. */
int loop_path(int loop, char ret_path[LOOP_PATH_SIZE]) MUST_CHECK;

/*
 * Whether an open device is a read-only loop device over the whole of the file
 * that `image_fd` is open on, and detaches itself.
 */
bool loop_is_over(int loop, int image_fd);

#endif
