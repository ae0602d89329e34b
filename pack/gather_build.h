/*
 * The commands of a recipe's builds, run one after another, and what each of
 * them makes as a source. For gather_sources.c.
 */
#ifndef JAILPACK_GATHER_BUILD_H
#define JAILPACK_GATHER_BUILD_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/build.h"
#include "pack/gather.h"
#include "pack/recipe.h"

/* Builds of one directory that follow one another share a room. */
struct builder {
	const struct recipe *recipe;
	const struct gather_options *options;
	struct build_plan plan;
	struct build_room *room; /* NULL: none is open */
	size_t next;		 /* command of the plan */
	size_t count;		 /* of those that were run, of all plans */
};

#define CLEANUP_BUILDER CLEANUP(builder_done)

void builder_done(struct builder *builder);

/* To be called for each ITEM_BUILD in order. */
int builder_run(struct builder *builder, const struct recipe_item *item,
		struct source **ret_source, struct diag *diag) MUST_CHECK;

#endif
