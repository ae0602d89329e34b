/*
 * dm-verity over an image: a device of the image's squashfs and manifest, every
 * block of which the kernel compares with the root hash each time that it is
 * read from the disk. A block that does not belong to it is an input/output
 * error for who reads it, and the device remembers that there was one.
 *
 * The device holds the loop device, and goes with its last user: it is marked
 * for deferred removal as soon as it is open. Only a process that is killed
 * while it makes one leaves one, which nobody has open; it is told from one
 * that is just being made by the process that its name names, and cleared
 * when the next is made.
 *
 * Source: Documentation/admin-guide/device-mapper/verity.rst of Linux.
 */
#ifndef JAILMOUNT_VERITY_H
#define JAILMOUNT_VERITY_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/image.h"
#include "mount/device_mapper.h"

#include <stdbool.h>
#include <sys/types.h>

#define VERITY_TARGET "verity"

enum { VERITY_PATH_SIZE = 32 };

struct verity {
	int fd;	      /* of the device; -1: there is none */
	bool is_ours; /* this process has made it */
	char name[DEVICE_MAPPER_NAME_SIZE];
	/* To mount it by, in this process alone where nobody has made a node
	   in /dev. */
	char path[VERITY_PATH_SIZE];
};

#define VERITY_INIT ((struct verity){ .fd = -1 })

/* Whether the kernel has it. False with the reason. */
bool verity_is_there(struct diag *diag);

/*
 * Make one for `jail` over an open loop device, which has the whole image.
 * Nothing is left on failure.
 */
int verity_attach(int loop, const struct image_layout *layout, const char *jail,
		  struct verity *ret_verity, struct diag *diag) MUST_CHECK;

/* Take over the open device of another supervisor. 0 or -errno, with the
 * descriptor still the caller's. */
int verity_adopt(int fd, struct verity *ret_verity) MUST_CHECK;

/* Close it. It is removed once nothing is mounted from it, at once if that is
 * so already. */
void verity_detach(struct verity *verity);

/* Whether an open device is dm-verity over that loop device, for the root hash
 * and lengths of this layout, and stops whatever does not belong to them. */
bool verity_is_over(int fd, int loop, const struct image_layout *layout);

/* Whether a block was read that does not belong to the root hash. */
bool verity_is_corrupted(const struct verity *verity,
			 const struct image_layout *layout);

/* Remove what was left by processes that were killed. */
void verity_clear_stale(void);

/* For verity.c and tests; pure. */

/*
 * The target's parameters, as the kernel reads them and tells them again:
 * version 1, data and hashes on the same device, blocks of 4096 bytes, SHA-256
 * without a salt, no options.
 */
void verity_table(dev_t loop, const struct image_layout *layout,
		  char ret_table[DEVICE_MAPPER_TEXT_SIZE]);

/* "jailmount-JAIL-PID-RANDOM", and whose it is; 0 if it is none of ours. */
void verity_name(const char *jail, pid_t pid, uint32_t random,
		 char ret_name[DEVICE_MAPPER_NAME_SIZE]);
pid_t verity_name_maker(const char *name);

#endif
