#include "pack/gather_places.h"

#include "pack/gather_generated.h"
#include "pack/gather_items.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* The path in the tree of the directory that is mounted on. */
static int place(struct placer *placer, const struct recipe *recipe,
		 const char *word, const char *path, const struct location *at,
		 char **ret_path, struct diag *diag)
{
	CLEANUP_FREE char *reason =
		recipe_reason(recipe, at, "%s %s", word, path);
	struct node *node;
	int r = gather_mount_point(placer, path, 0755, reason, &node, diag);

	if (r < 0)
		return location_wrap(diag, r, at);
	*ret_path = node_path(node);
	return *ret_path ? 0 : diag_oom(diag);
}

static int add_persist(struct placer *placer, const struct recipe *recipe,
		       const struct recipe_persist *from, struct config *config,
		       struct diag *diag)
{
	struct config_persist persist = { .mode = from->mode,
					  .bytes = from->bytes };
	int r = owner_uid(placer->accounts, from->user, &from->at, &persist.uid,
			  diag);

	if (r == 0)
		r = owner_gid(placer->accounts, from->group, &from->at,
			      &persist.gid, diag);
	if (r == 0)
		r = place(placer, recipe, "persist", from->path, &from->at,
			  &persist.path, diag);
	if (r < 0)
		return r;
	if (array_grow(&config->persists, config->persist_count,
		       sizeof(persist)) < 0) {
		free(persist.path);
		return diag_oom(diag);
	}
	config->persists[config->persist_count++] = persist;
	return 0;
}

static int add_share(struct placer *placer, const struct recipe *recipe,
		     const struct recipe_share *from, struct config *config,
		     struct diag *diag)
{
	struct config_share share = { .source = strdup(from->share.source),
				      .writable = from->share.writable };
	int r = share.source ? place(placer, recipe, "share", from->share.path,
				     &from->at, &share.path, diag)
			     : diag_oom(diag);

	if (r == 0 &&
	    array_grow(&config->shares, config->share_count, sizeof(share)) < 0)
		r = diag_oom(diag);
	if (r < 0)
		config_share_done(&share);
	else
		config->shares[config->share_count++] = share;
	return r;
}

int gather_places(struct placer *placer, const struct recipe *recipe,
		  struct config *config, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < recipe->persist_count; i++)
		r = add_persist(placer, recipe, &recipe->persists[i], config,
				diag);
	for (size_t i = 0; r == 0 && i < recipe->share_count; i++)
		r = add_share(placer, recipe, &recipe->shares[i], config, diag);
	return r;
}

static int add_tripwire(const struct placer *placer,
			const struct recipe_tripwire *tripwire,
			struct config *config, struct diag *diag)
{
	struct node *node = tree_resolve(placer->view.tree, tripwire->path);
	CLEANUP_FREE char *path = node ? node_path(node) : NULL;

	if (!node) {
		location_error(diag, -ENOENT, &tripwire->at,
			       "the tripwire %s is not in the jail",
			       tripwire->path);
		diag_hint(diag, "put something there that tempts, with file or "
				"copy");
		return -ENOENT;
	}
	if (!path)
		return diag_oom(diag);
	if (!S_ISREG(node->mode))
		return location_error(diag, -EINVAL, &tripwire->at,
				      "the tripwire %s is no regular file",
				      tripwire->path);
	/* Two names may lead to one file. */
	for (char **other = config->tripwires; other && *other; other++)
		if (strcmp(*other, path) == 0)
			return 0;
	return strv_append(&config->tripwires, path) < 0 ? diag_oom(diag) : 0;
}

int gather_tripwires(const struct placer *placer, const struct recipe *recipe,
		     struct config *config, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < recipe->tripwire_count; i++)
		r = add_tripwire(placer, &recipe->tripwires[i], config, diag);
	return r;
}
