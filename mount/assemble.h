/*
 * `jailmount IMAGE DIR` and `jailmount --umount DIR`: the mounts of a jail and
 * nothing else, in the caller's mount namespace. Owners are as the image
 * numbers them, since no process of a jail will ever run there.
 */
#ifndef JAILMOUNT_ASSEMBLE_H
#define JAILMOUNT_ASSEMBLE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/verify.h"

/*
 * Mount the verified image at an existing directory, with its layers and its
 * /dev. Nothing stays mounted on failure.
 */
int assemble(const struct verified_image *image, const char *directory,
	     struct diag *diag) MUST_CHECK;

/*
 * Unmount what assemble() has mounted at `directory`, all of it, however often
 * it was done there. -EINVAL if nothing of a jail is mounted there.
 */
int disassemble(const char *directory, struct diag *diag) MUST_CHECK;

#endif
