/*
 * The tree as far as it is filled, laid over the sources that fill it: what
 * is in the tree hides what the sources have at the same path, and the first
 * source that has something hides the later ones. Looking changes nothing.
 */
#ifndef JAILPACK_VIEW_H
#define JAILPACK_VIEW_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/source.h"
#include "pack/tree.h"

#include <stdbool.h>
#include <sys/types.h>

struct view {
	struct tree *tree;
	struct source *const *sources;
	size_t source_count;
};

/* One thing met on a path: in the tree, or in a source only. */
struct view_step {
	char *path;		   /* normal; no parent of it is a link */
	struct node *node;	   /* NULL if the tree does not have it yet */
	struct source *source;	   /* where it is, if not in the tree */
	struct source_entry entry; /* likewise */
};

/* Every directory and link on a path in the order in which they are met (the
 * root left out), and what the path leads to. */
struct view_trail {
	struct view_step *steps;
	size_t count;
	struct view_step *end; /* one of them; NULL: the root */
};

#define VIEW_TRAIL_INIT ((struct view_trail){ 0 })
#define CLEANUP_TRAIL CLEANUP(view_trail_done)

void view_trail_done(struct view_trail *trail);

/* What the path leads to. */
mode_t view_trail_mode(const struct view_trail *trail);
const char *view_trail_path(const struct view_trail *trail);

/*
 * Follow a normal path, and the links on it; the last component too if
 * `follow_last`. -ENOENT without a diagnostic if it leads nowhere: something
 * is missing, is no directory, or links form a loop.
 */
int view_follow(const struct view *view, const char *path, bool follow_last,
		struct view_trail *ret_trail, struct diag *diag) MUST_CHECK;

/* A descriptor on the regular file that a trail ends at. */
int view_open(const struct view_trail *trail, int *ret_fd,
	      struct diag *diag) MUST_CHECK;

/* The first source that has something at a normal path, the tree left out of
 * account. -ENOENT without a diagnostic if none has. */
int view_source(const struct view *view, const char *path,
		struct source **ret_source, struct source_entry *ret_entry,
		struct diag *diag) MUST_CHECK;

/* True if a path leads to a directory. Errors are returned. */
int view_is_directory(const struct view *view, const char *path,
		      bool *ret_answer, struct diag *diag) MUST_CHECK;

/*
 * The whole of a regular file, links followed, at most `limit` bytes; -EFBIG
 * past that. -ENOENT without a diagnostic. The caller frees *ret_text, which
 * is followed by a NUL.
 */
int view_read(const struct view *view, const char *path, size_t limit,
	      char **ret_text, size_t *ret_length,
	      struct diag *diag) MUST_CHECK;

/*
 * Every path that matches a pattern of path_match() in the tree or in a
 * source, sorted, each once; NULL if there is none. The caller frees them.
 */
int view_match(const struct view *view, const char *pattern, char ***ret_paths,
	       struct diag *diag) MUST_CHECK;

/* What to call the sources in a message: "Debian bookworm", "the host". The
 * caller frees it. */
char *view_sources_name(const struct view *view) MUST_CHECK;

#endif
