/*
 * Files that no package holds because a maintainer script puts them together
 * when it is installed. No such script ever runs here: what a service cannot
 * do without is put together here instead, from the same files.
 */
#ifndef JAILPACK_DERIVED_H
#define JAILPACK_DERIVED_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/place.h"

/*
 * Put what is known under the name `path` at `to`. -ENOENT without a
 * diagnostic if nothing is known under it, or its parts are in no source.
 *
 * /etc/ssl/certs/ca-certificates.crt: all certificates beneath
 * /usr/share/ca-certificates, as update-ca-certificates(8) makes it.
 */
int derived_place(struct placer *placer, const char *path, const char *to,
		  const char *reason, struct diag *diag) MUST_CHECK;

#endif
