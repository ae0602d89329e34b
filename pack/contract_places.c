/* What is mounted where, seen together. */
#include "pack/contract_internal.h"

#include "lib/path.h"

#include <errno.h>
#include <string.h>

bool contract_place(const struct recipe *recipe, size_t index,
		    struct contract_place *ret_place)
{
	if (index < recipe->layer_count) {
		const struct recipe_layer *layer = &recipe->layers[index];
		bool overlay = layer->kind == CONFIG_LAYER_OVERLAY;

		*ret_place =
			(struct contract_place){ .path = layer->path,
						 .word = overlay ? "overlay"
								 : "writable",
						 .overlay = overlay,
						 .at = &layer->at };
		return true;
	}
	index -= recipe->layer_count;
	if (index < recipe->persist_count) {
		*ret_place = (struct contract_place){
			.path = recipe->persists[index].path,
			.word = "persist",
			.of_host = true,
			.at = &recipe->persists[index].at
		};
		return true;
	}
	index -= recipe->persist_count;
	if (index >= recipe->share_count)
		return false;
	*ret_place = (struct contract_place){
		.path = recipe->shares[index].share.path,
		.word = "share",
		.of_host = true,
		.at = &recipe->shares[index].at
	};
	return true;
}

/* `inner` lies in `outer`, and one of them is the host's. */
static int refuse_pair(const struct contract_place *inner,
		       const struct contract_place *outer, struct diag *diag)
{
	bool same = strcmp(inner->path, outer->path) == 0;

	location_error(diag, -EINVAL, inner->at,
		       same ? "%s %s is at the place of %s %s (%s:%u:%u)"
			    : "%s %s lies in %s %s (%s:%u:%u)",
		       inner->word, inner->path, outer->word, outer->path,
		       outer->at->file, outer->at->line, outer->at->column);
	if (same)
		diag_hint(diag, "only one of them can be there");
	else if (outer->of_host)
		diag_hint(diag, "what is the host's has nothing of the jail's "
				"in it");
	else
		diag_hint(diag,
			  "a writable layer begins empty and has no place for "
			  "it; overlay %s has, if the image has %s",
			  outer->path, inner->path);
	return -EINVAL;
}

static int check_pair(const struct contract_place *one,
		      const struct contract_place *other, struct diag *diag)
{
	if (!one->of_host && !other->of_host)
		return 0;
	if (strcmp(one->path, other->path) == 0 ||
	    (path_within(one->path, other->path) && !other->overlay))
		return refuse_pair(one, other, diag);
	if (path_within(other->path, one->path) && !one->overlay)
		return refuse_pair(other, one, diag);
	return 0;
}

/* The alarm is about a file of the image, which must be in sight. */
static int check_tripwire(const struct recipe *recipe,
			  const struct recipe_tripwire *tripwire,
			  struct diag *diag)
{
	struct contract_place place;

	for (size_t i = 0; contract_place(recipe, i, &place); i++)
		if (!place.overlay && path_within(tripwire->path, place.path))
			return location_error(
				diag, -EINVAL, &tripwire->at,
				"the tripwire %s is hidden by %s %s "
				"(%s:%u:%u)",
				tripwire->path, place.word, place.path,
				place.at->file, place.at->line,
				place.at->column);
	return 0;
}

int contract_check_places(const struct recipe *recipe, struct diag *diag)
{
	struct contract_place one, other;
	int r = 0;

	for (size_t i = 0; r == 0 && contract_place(recipe, i, &one); i++)
		for (size_t k = 0; r == 0 && k < i; k++)
			if (contract_place(recipe, k, &other))
				r = check_pair(&one, &other, diag);
	for (size_t i = 0; r == 0 && i < recipe->tripwire_count; i++)
		r = check_tripwire(recipe, &recipe->tripwires[i], diag);
	return r;
}
