/*
 * The owners in an image moved into the jail's range of ids on a kernel whose
 * squashfs knows no idmapped mounts (before Linux 6.2; Debian 12's own is
 * 6.1).
 *
 * An overlay lies over the whole image. Every file in it is given the owner
 * that the range has for it; with metacopy=on that copies an inode up and no
 * data. What the jail sees is the same as with an idmapped mount; the price is
 * a little time and memory for each file of the image.
 */
#ifndef JAILMOUNT_SHIFT_H
#define JAILMOUNT_SHIFT_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>

/*
 * Replace *mount, a detached mount with owners from 0 on, by a detached
 * read-only one with owners from `base` on. An owner of `length` or above is
 * refused. On failure *mount is as unusable as it is useless, and still the
 * caller's to close.
 */
int shift_owners(int *mount, uint32_t base, uint32_t length,
		 struct diag *diag) MUST_CHECK;

#endif
