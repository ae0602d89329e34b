#include "mount/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum {
	/* Others attach at the same moment and may be faster each time. */
	ATTEMPTS = 64,
};

int loop_attach(int image_fd, const char *label, bool writable, int *ret_loop,
		char ret_path[LOOP_PATH_SIZE], struct diag *diag)
{
	struct loop_config config = {
		.fd = (uint32_t)image_fd,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR |
				 (writable ? 0 : LO_FLAGS_READ_ONLY),
	};
	CLEANUP_CLOSE int control =
		open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	char path[LOOP_PATH_SIZE];
	int error = -EBUSY;

	if (control < 0) {
		error = diag_errno(diag, -errno,
				   "cannot open "
				   "/dev/loop-control");
		diag_hint(diag, "is the kernel's loop module there?");
		return error;
	}
	/* Shorter than the field, whose last byte stays 0. */
	strncpy((char *)config.info.lo_file_name, label, LO_NAME_SIZE - 1);
	for (int i = 0; i < ATTEMPTS; i++) {
		CLEANUP_CLOSE int loop = -1;
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		if (number < 0)
			return diag_errno(diag, -errno,
					  "cannot find a free loop device");
		(void)snprintf(path, sizeof(path), "/dev/loop%d", number);
		loop = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
		if (loop < 0)
			return diag_errno(diag, -errno, "cannot open %s", path);
		if (ioctl(loop, LOOP_CONFIGURE, &config) == 0) {
			memcpy(ret_path, path, sizeof(path));
			*ret_loop = steal_fd(&loop);
			return 0;
		}
		error = -errno;
		if (error != -EBUSY)
			break;
	}
	return diag_errno(diag, error, "cannot attach the image to %s", path);
}

int loop_path(int loop, char ret_path[LOOP_PATH_SIZE])
{
	char path[LOOP_PATH_SIZE];
	struct loop_info64 info;
	struct stat opened, there;

	if (ioctl(loop, LOOP_GET_STATUS64, &info) < 0)
		return -errno;
	(void)snprintf(path, sizeof(path), "/dev/loop%u", info.lo_number);
	if (fstat(loop, &opened) < 0 || stat(path, &there) < 0)
		return -errno;
	if (!S_ISBLK(there.st_mode) || opened.st_rdev != there.st_rdev)
		return -ENODEV;
	memcpy(ret_path, path, sizeof(path));
	return 0;
}

bool loop_is_over(int loop, int image_fd)
{
	const uint32_t wanted = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
	struct loop_info64 info;
	struct stat device, image;

	if (fstat(loop, &device) < 0 || fstat(image_fd, &image) < 0 ||
	    !S_ISBLK(device.st_mode) || major(device.st_rdev) != LOOP_MAJOR ||
	    ioctl(loop, LOOP_GET_STATUS64, &info) < 0)
		return false;
	return info.lo_inode == image.st_ino &&
	       info.lo_device == image.st_dev && info.lo_offset == 0 &&
	       info.lo_sizelimit == 0 && (info.lo_flags & wanted) == wanted;
}
