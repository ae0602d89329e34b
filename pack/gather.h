/*
 * From a recipe to a whole tree: the sources are opened, the recipe's items
 * are put into the tree in order, the closure completes it, the generated
 * files (passwd, group, hosts ...) are added, and what the run-time contract
 * still lacks (devices, layers, owners by number) is filled in. At last what
 * came of it is proved (proof.h).
 */
#ifndef JAILPACK_GATHER_H
#define JAILPACK_GATHER_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/locking.h"
#include "pack/recipe.h"
#include "pack/source.h"
#include "pack/tree.h"

struct gather_options {
	const char *cache; /* of packages; NULL: the user's */
	bool refresh;
	bool force;		 /* what is missing is warned about */
	struct locking *locking; /* what is taken is told to it; or NULL */
	/* A line for the operator: what takes long, and warnings. */
	void (*progress)(void *context, const char *text);
	void (*warn)(void *context, const char *text);
	void *context;
};

/* What a recipe came to. Sources live as long as the tree needs them. */
struct gathered {
	struct tree *tree;
	struct source **sources;
	size_t source_count;
	struct source **archives; /* of the items that bring all that they
				     have, archive and build, in order */
	size_t archive_count;
	struct config config; /* complete */
};

int gather(const struct recipe *recipe, const struct gather_options *options,
	   struct gathered *ret_gathered, struct diag *diag) MUST_CHECK;
void gathered_done(struct gathered *gathered);

#endif
