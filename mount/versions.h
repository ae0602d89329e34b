/*
 * Which version of each jail this host has run: an image that is older is
 * refused, unless the operator says so. An old image with a known hole is
 * still signed, and says of itself what its version is.
 *
 * VERSIONS_DIRECTORY/NAME/version holds it, for root alone: one line, of the
 * jail that was the last to become ready under that name. Versions are compared
 * as Debian compares them (deb-version(7)). Where none is known it is 0, which
 * is also what an image is that does not say.
 */
#ifndef JAILMOUNT_VERSIONS_H
#define JAILMOUNT_VERSIONS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

#define VERSIONS_DIRECTORY "/var/lib/jailmount/versions"

/*
 * May this version run? NULL and "" stand for 0. -ESTALE if a newer one has run
 * and `downgrade` does not allow it.
 */
int versions_check(const char *root, const char *jail, const char *version,
		   bool downgrade, struct diag *diag) MUST_CHECK;

/* Is that what is known of it? Then versions_note() has nothing to do. */
bool versions_is_noted(const char *root, const char *jail, const char *version);

/* It does run: nothing older may, from now on. Waits for the disk. */
int versions_note(const char *root, const char *jail, const char *version,
		  struct diag *diag) MUST_CHECK;

#endif
