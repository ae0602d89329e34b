/*
 * A jail that is started from an image which another one already runs shares
 * that one's memory: the sealed copy of the image or the device of dm-verity
 * over its file, and the superblock over that (superblock.h), with what has
 * been decompressed of it.
 *
 * Its supervisor is asked on its control socket, where only root talks to
 * root. What it hands over counts as verified: a supervisor has hashed every
 * byte of it before the first was mounted, and the seals, which are looked at,
 * forbid every change since. That the loop device is over these very bytes is
 * looked at, too. Of a device of dm-verity the kernel tells by which root hash
 * it judges what is read: no more is needed. What is not asked again is whether
 * a hole in the kernel was used to change them in spite of that: a supervisor
 * lends nothing that an alarm has tainted, and every restore hashes again.
 */
#ifndef JAILMOUNT_BORROW_H
#define JAILMOUNT_BORROW_H

#include "lib/base.h"
#include "mount/superblock.h"
#include "mount/verify.h"

#include <stdbool.h>

/*
 * Find a running jail of the image at `path`, which may run here as well, and
 * share with it. False, with
 * both untouched, for whatever reason there may be: then the image is to be
 * verified (verify.h), which says what is wrong with it.
 */
bool borrow_image(const char *path, const struct verify_options *options,
		  struct verified_image *ret_image,
		  struct superblock_loan *ret_loan);

#endif
