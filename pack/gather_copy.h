/*
 * The two items that take from the sources: copy and package.
 */
#ifndef JAILPACK_GATHER_COPY_H
#define JAILPACK_GATHER_COPY_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/place.h"
#include "pack/recipe.h"

/*
 * ITEM_COPY. A name that is a directory brings all that is in it; so does
 * what a pattern matches. With a place to go (`path`), one name becomes that
 * path; of several names, or of a pattern, each goes into it, a pattern's
 * matches with what stands behind its fixed part.
 */
int gather_copy(struct placer *placer, const struct recipe *recipe,
		const struct recipe_item *item, struct diag *diag) MUST_CHECK;

/* 1: the item's excludes leave out this path of the source, or a directory that
 * it is in; 0; -ENOMEM. */
int item_excludes(const struct recipe_item *item, const char *path) MUST_CHECK;

/* ITEM_PACKAGE: documentation, manual pages, locales left out. */
int gather_package(struct placer *placer, const struct recipe *recipe,
		   const struct recipe_item *item,
		   struct diag *diag) MUST_CHECK;

#endif
