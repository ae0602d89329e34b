/*
 * The kernel's device mapper: block devices that are made of others by a
 * target, here always read-only ones with a single target. By its ioctls on
 * /dev/mapper/control, without libdevmapper and without udev.
 *
 * Source: include/uapi/linux/dm-ioctl.h and
 * Documentation/admin-guide/device-mapper/ of Linux. Deferred removal is there
 * since Linux 3.13, DM_GET_TARGET_VERSION since 5.4.
 *
 * All give 0 or -errno but where it says otherwise; -ENXIO if there is no such
 * device.
 */
#ifndef JAILMOUNT_DEVICE_MAPPER_H
#define JAILMOUNT_DEVICE_MAPPER_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <sys/types.h>

#define DEVICE_MAPPER_DIRECTORY "/dev/mapper"

enum {
	DEVICE_MAPPER_NAME_SIZE = 128,
	DEVICE_MAPPER_TEXT_SIZE = 4096,
	DEVICE_MAPPER_SECTOR = 512,
};

/*
 * Whether there is a device mapper that knows the target, whose module the
 * kernel loads if need be. False with the reason.
 */
bool device_mapper_has(const char *target, struct diag *diag);

/* A new device of that name, with nothing behind it. -EBUSY if there is one. */
int device_mapper_create(const char *name, dev_t *ret_device) MUST_CHECK;

/* What is behind it, from `parameters` as its target reads them, `sectors`
 * long; and let it be used. */
int device_mapper_load(const char *name, const char *target, uint64_t sectors,
		       const char *parameters) MUST_CHECK;
int device_mapper_resume(const char *name) MUST_CHECK;

/*
 * Remove it: -EBUSY if somebody has it open. If it is `deferred` the kernel
 * does so once nobody has it open any more.
 */
int device_mapper_remove(const char *name, bool deferred) MUST_CHECK;

/* How many have it open: descriptors and mounts. */
int device_mapper_open_count(const char *name,
			     unsigned int *ret_count) MUST_CHECK;

/*
 * What its one target says of itself: its parameters (`table`), or its state.
 * -ENODATA if that is another one than `target`, is not `sectors` long, or if
 * the device is not read-only.
 */
int device_mapper_status(dev_t device, const char *target, uint64_t sectors,
			 bool table,
			 char ret_text[DEVICE_MAPPER_TEXT_SIZE]) MUST_CHECK;
int device_mapper_name(dev_t device,
		       char ret_name[DEVICE_MAPPER_NAME_SIZE]) MUST_CHECK;

/* The names of all there are, NULL-terminated. */
int device_mapper_list(char ***ret_names) MUST_CHECK;

#endif
