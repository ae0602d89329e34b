/*
 * A root made of unpacked Debian packages: hard links to their files in one
 * tree, as dpkg would lay them, and one index (root_index.h). Roots that have
 * packages in common share their files, so another root costs little.
 */
#ifndef JAILPACK_DEBIAN_ROOT_H
#define JAILPACK_DEBIAN_ROOT_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/apt.h"

/* Names the root that the packages make, by all that they are. */
int debian_root_digest(const struct apt_packages *packages,
		       uint8_t ret_digest[SHA256_SIZE],
		       struct diag *diag) MUST_CHECK;

/*
 * Make DEBIAN_TREE and DEBIAN_INDEX in the empty directory that `directory`
 * is open on, of the packages unpacked in `unpacked`, one after the other.
 *
 * A file that several bring is that of the package which replaces the other
 * (deb-control(5), Replaces), or else of the later one, with a warning. A
 * directory stays one, and a link that leads to a directory is one.
 */
int debian_root_make(int directory, int unpacked,
		     const struct apt_packages *packages,
		     void (*warn)(void *context, const char *text),
		     void *context, struct diag *diag) MUST_CHECK;

#endif
