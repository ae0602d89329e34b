#include "pack/gather_build.h"

#include "lib/path.h"
#include "pack/build_digest.h"
#include "pack/build_stage.h"
#include "pack/format.h"
#include "pack/gather_sources.h"
#include "pack/locking.h"
#include "pack/source_date.h"

#include <string.h>

static void close_room(struct builder *builder)
{
	build_room_free(builder->room);
	builder->room = NULL;
	free((void *)(uintptr_t)builder->plan.commands);
	free((void *)(uintptr_t)builder->plan.directory);
	builder->plan = (struct build_plan){ 0 };
	builder->next = 0;
}

void builder_done(struct builder *builder)
{
	close_room(builder);
}

/* This item's command and those behind it that are run where it is. */
static int collect(const struct builder *builder,
		   const struct recipe_item *first, struct build_plan *plan,
		   struct diag *diag)
{
	const struct recipe *recipe = builder->recipe;
	const struct recipe_item *end = recipe->items + recipe->item_count;
	char *const **commands = NULL;

	for (const struct recipe_item *item = first; item < end; item++) {
		if (item->kind != ITEM_BUILD)
			continue;
		if (strcmp(item->target, first->target) != 0)
			break;
		if (array_grow(&commands, plan->count, sizeof(*commands)) < 0) {
			free(commands);
			return diag_oom(diag);
		}
		commands[plan->count++] = item->names;
	}
	plan->commands = commands;
	return 0;
}

static int open_room(struct builder *builder, const struct recipe_item *item,
		     struct diag *diag)
{
	struct build_plan *plan = &builder->plan;
	bool given;
	int r;

	plan->progress = builder->options->progress;
	plan->context = builder->options->context;
	/* An ordinary user's process looks it up in namespaces of its own,
	 * with this working directory. */
	plan->directory = item->target[0] == '/'
				  ? strdup(item->target)
				  : strdup(builder->recipe->directory);
	if (!plan->directory)
		return diag_oom(diag);
	r = source_date(&plan->time, &given, diag);
	if (r == 0)
		r = collect(builder, item, plan, diag);
	if (r == 0)
		r = build_room_open(plan, &builder->room, diag);
	return r;
}

static int open_stage(const struct builder *builder,
		      const struct recipe_item *item, int stage,
		      struct source **ret_source, struct diag *diag)
{
	CLEANUP_BUF struct buf ignored = BUF_INIT;
	struct source *source;
	int r = source_open_stage(stage, &ignored, &source, diag);

	if (r < 0)
		return r;
	r = gather_tell_ignored(builder->options, &item->at, item,
				"the build's output", &ignored, diag);
	if (r < 0)
		source_free(source);
	else
		*ret_source = source;
	return r;
}

static int tell_locking(const struct builder *builder,
			const struct recipe_item *item, struct source *source,
			struct diag *diag)
{
	struct locking *locking = builder->options->locking;
	uint8_t digest[SHA256_SIZE];
	int r;

	if (!locking || !locking_is_on(locking))
		return 0;
	r = build_digest(source, item, digest, diag);
	return r < 0 ? r : locking_build(locking, builder->count, digest, diag);
}

int builder_run(struct builder *builder, const struct recipe_item *item,
		struct source **ret_source, struct diag *diag)
{
	struct source *source = NULL;
	int stage = -1, r = 0;

	if (!builder->room)
		r = open_room(builder, item, diag);
	if (r == 0)
		r = build_room_run(builder->room, builder->next, &stage, diag);
	if (r == 0)
		r = open_stage(builder, item, stage, &source, diag);
	builder->count++;
	if (r == 0)
		r = tell_locking(builder, item, source, diag);
	if (r < 0) {
		source_free(source);
		return location_wrap(diag, r, &item->at);
	}
	*ret_source = source;
	/* What it has in memory is not needed while the rest goes on. */
	if (++builder->next == builder->plan.count)
		close_room(builder);
	return 0;
}
