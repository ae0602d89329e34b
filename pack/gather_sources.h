/*
 * The sources and archives that a recipe names, opened. For gather.c.
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

#endif
