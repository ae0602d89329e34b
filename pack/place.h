/*
 * Putting things into the tree, with all that has to be there for it: the
 * directories on the way as the source has them, and every symbolic link.
 * Each of those gets a reason of its own and points at what it is there for.
 *
 * Following `because` from any node ends: a node is given an older one, or the
 * one that it was placed for, which itself points at an older one or at the
 * recipe.
 */
#ifndef JAILPACK_PLACE_H
#define JAILPACK_PLACE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/accounts.h"
#include "pack/tree.h"
#include "pack/view.h"

#include <stdbool.h>

struct placer {
	struct view view;
	const struct accounts *accounts; /* whose files keep their owner */
	/* Of the items that are archives or builds, in their order; not looked
	 * into for anything else. */
	struct source *const *archives;
	/* A line for the operator; may be NULL. */
	void (*warn)(void *context, const char *text);
	void *context;
	/* What a program cannot do without may be missing: it is warned
	 * about. */
	bool force;
	/* Every regular file that was put there, in that order; one that was
	 * replaced stands here twice. Whoever owns the placer frees it. */
	struct node **files;
	size_t file_count;
};

/* Warn, if anybody listens. */
void placer_warn(const struct placer *placer, const char *format, ...)
	PRINTF_LIKE(2, 3);

/*
 * Make sure that what `path` leads to is in the tree, with every link and
 * directory on the way. *ret_node is what it leads to. What is already there
 * keeps its reason. -ENOENT without a diagnostic if it leads nowhere.
 */
int place_follow(struct placer *placer, const char *path, struct node *because,
		 const char *reason, struct node **ret_node,
		 struct diag *diag) MUST_CHECK;

/*
 * The node at `path`, made as root's if it is new (*ret_new): its parents are
 * followed, and made where there are none. Its reason is set if it is new.
 */
int place_node(struct placer *placer, const char *path, mode_t mode,
	       const char *reason, struct node **ret_node, bool *ret_new,
	       struct diag *diag) MUST_CHECK;

/*
 * Copy one thing of the sources to `to`; a directory without what is in it.
 * `named`: the recipe says this very name, so that it replaces what is there;
 * otherwise what the recipe has named is left alone. What a link leads to is
 * placed too, if there is such a thing. -ENOENT without a diagnostic if no
 * source has `from`.
 */
int place_copy(struct placer *placer, const char *from, const char *to,
	       bool named, const char *reason, struct node **ret_node,
	       struct diag *diag) MUST_CHECK;

/* One thing in a source. */
struct place_origin {
	struct source *source;
	const char *path;
	const struct source_entry *entry;
};

/*
 * The same for something that was found already; nothing is placed for a link.
 * 1 if it is now at `to`, 0 if what was there stays.
 */
int place_from(struct placer *placer, const struct place_origin *origin,
	       const char *to, bool named, const char *reason,
	       struct node **ret_node, struct diag *diag) MUST_CHECK;

/*
 * What a link in the tree leads to, if it leads to a file or directory: of a
 * source's directory not what is in it.
 */
int place_target(struct placer *placer, struct node *link,
		 struct diag *diag) MUST_CHECK;

/* Take a regular file that was filled by other means into placer->files. */
int placer_remember(struct placer *placer, struct node *node,
		    struct diag *diag) MUST_CHECK;

#endif
