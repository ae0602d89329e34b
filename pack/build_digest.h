/*
 * SHA-256 of all that a build has made, for lock files.
 */
#ifndef JAILPACK_BUILD_DIGEST_H
#define JAILPACK_BUILD_DIGEST_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/recipe.h"
#include "pack/source.h"

/*
 * Of the files, directories and links in a source but for those that the item
 * excludes: the SHA-256 of a record for each of them, a directory before what
 * is in it and names in the order of their bytes. A record is the type (f, d
 * or l), four octal digits of permissions, the path and a NUL, and then of a
 * file the SHA-256 of its content, of a link its target and a NUL. Times and
 * owners are not in it: what is built has none of its own.
 */
int build_digest(struct source *source, const struct recipe_item *item,
		 uint8_t ret_digest[SHA256_SIZE], struct diag *diag) MUST_CHECK;

#endif
