/*
 * Taking a recipe's files from another place than it says: -C.
 */
#ifndef JAILPACK_RECIPE_SOURCE_H
#define JAILPACK_RECIPE_SOURCE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/recipe.h"

/*
 * `directory` stands in for the host's root, where the recipe says `source
 * host` or nothing at all, and relative names of `source tree` start there
 * instead of in the recipe's own directory.
 */
int recipe_set_source(struct recipe *recipe, const char *directory,
		      struct diag *diag) MUST_CHECK;

#endif
