/*
 * The sources and archives that a recipe names, opened, and what its builds
 * make. For gather.c.
 */
#ifndef JAILPACK_GATHER_SOURCES_H
#define JAILPACK_GATHER_SOURCES_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/gather.h"
#include "pack/recipe.h"

/* In the order of the recipe, appended to gathered->sources and ->archives,
 * which the caller releases also when this fails. */
int gather_sources(const struct recipe *recipe,
		   const struct gather_options *options,
		   struct gathered *gathered, struct diag *diag) MUST_CHECK;

/*
 * Warn of what was left out, a path a line in `ignored`, if there is anything
 * that the item (or NULL) does not exclude. `what` had it. For
 * gather_build.c.
 */
int gather_tell_ignored(const struct gather_options *options,
			const struct location *at,
			const struct recipe_item *item, const char *what,
			struct buf *ignored, struct diag *diag) MUST_CHECK;

#endif
