/*
 * One .deb, checked and unpacked.
 */
#ifndef JAILPACK_DEB_UNPACK_H
#define JAILPACK_DEB_UNPACK_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/apt.h"

/*
 * Into a new directory, which gets the package's name of debian_unpack.h with
 * a dot in front, in the open `directory`. What an earlier attempt left there
 * is removed first. -EUCLEAN if the file is not there or not the right one.
 * Paths that were left out are appended to `ignored`, one a line.
 */
int deb_unpack(int directory, const struct apt_package *package,
	       struct buf *ignored, struct diag *diag) MUST_CHECK;

#endif
