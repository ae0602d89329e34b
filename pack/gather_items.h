/*
 * What the recipe's items put into the tree: packages, copies, files,
 * directories, links, devices. For gather.c.
 */
#ifndef JAILPACK_GATHER_ITEMS_H
#define JAILPACK_GATHER_ITEMS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/place.h"
#include "pack/recipe.h"

/*
 * Do the items in the order in which they stand. Words that name one path
 * replace what is there; patterns and packages do not touch what such a word
 * has put there.
 */
int gather_items(struct placer *placer, const struct recipe *recipe,
		 struct diag *diag) MUST_CHECK;

/*
 * "apache.recipe:12: what": a reason that is the recipe's word. The file is
 * named from the recipe's own directory, or else by its last component, so
 * that the image does not depend on where it was packed. NULL when memory
 * runs out; the caller frees it.
 */
char *recipe_reason(const struct recipe *recipe, const struct location *at,
		    const char *format, ...) PRINTF_LIKE(3, 4) MUST_CHECK;

/* The number for a word of the recipe, or an error that says what to add. A
 * NULL word is root. */
int owner_uid(const struct accounts *accounts, const char *word,
	      const struct location *at, uint32_t *ret_uid,
	      struct diag *diag) MUST_CHECK;
int owner_gid(const struct accounts *accounts, const char *word,
	      const struct location *at, uint32_t *ret_gid,
	      struct diag *diag) MUST_CHECK;

#endif
