/*
 * The tree that is to become the image. Every node knows why it is there.
 *
 * Children are kept in strcmp order of their names, which is what squashfs
 * demands of directory entries. Nodes live as long as the tree. There are no
 * hard links in a jail: a file named twice is there twice, and the image
 * stores its blocks once.
 */
#ifndef JAILPACK_TREE_H
#define JAILPACK_TREE_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TREE_NO_PACKAGE SIZE_MAX

/* Where a regular file's bytes are. */
enum content_kind {
	CONTENT_NONE,	/* not a regular file */
	CONTENT_INLINE, /* data, length: owned by the node */
	CONTENT_FILE,	/* source, path: opened when they are needed */
};

struct source;

struct node {
	struct node *parent; /* NULL at the root */
	char *name;	     /* "" at the root */
	struct node **children;
	size_t child_count;

	mode_t mode; /* type and permissions */
	uint32_t uid, gid;
	unsigned int major, minor;
	char *target; /* of a symbolic link */

	enum content_kind content;
	char *data;
	uint64_t size;	       /* of either kind of content */
	uint8_t sha256[32];    /* of the content; known once it is packed */
	struct source *source; /* that all of it comes from, or NULL; not
				  owned */
	char *source_path;

	size_t package;	      /* index into tree->packages or TREE_NO_PACKAGE */
	char *reason;	      /* why it is there: one line of plain text */
	struct node *because; /* which node asked for it; NULL: the recipe */
	bool explicit;	      /* the recipe names this very node: what is added
				 on the way to something else is not, and a
				 later explicit word replaces it */
	void *work;	      /* of whoever walks the tree at the moment */
};

struct tree_package {
	char *name, *version, *architecture;
	char *suite; /* of Debian, that the recipe says; or NULL */
};

struct tree {
	struct node *root;
	size_t node_count;
	struct tree_package *packages;
	size_t package_count;
};

int tree_new(struct tree **ret_tree, struct diag *diag) MUST_CHECK;
void tree_free(struct tree *tree);

/* The node at a normal path, or NULL; links are not followed. */
struct node *tree_find(const struct tree *tree, const char *path);

/*
 * The node that `path` leads to when links are followed inside the tree;
 * NULL if some part is missing or links form a loop.
 */
struct node *tree_resolve(const struct tree *tree, const char *path);

/*
 * A new node at a normal path; its parent must be there and be a directory
 * (-ENOENT, -ENOTDIR). -EEXIST if something has that name: *ret_node is then
 * that node, and the caller decides. The node starts as `mode`, 0:0.
 */
int tree_add(struct tree *tree, const char *path, mode_t mode,
	     struct node **ret_node, struct diag *diag) MUST_CHECK;

/*
 * Forget what the node is: its target, its content, its device numbers, its
 * package. Place, children, mode, owner and reason stay. For a word of the
 * recipe that replaces an earlier one.
 */
void node_empty(struct node *node);

/* Say why. `because` may be NULL. */
int node_reason(struct node *node, struct node *because, struct diag *diag,
		const char *format, ...) PRINTF_LIKE(4, 5) MUST_CHECK;

/* The path of a node; the caller frees it. NULL when memory runs out. */
char *node_path(const struct node *node) MUST_CHECK;

/* A descriptor on a regular file's bytes (a memfd for inline content). */
int node_open(const struct node *node, int *ret_fd,
	      struct diag *diag) MUST_CHECK;

/* Index of a package, added if it is new: the strings are copied. */
int tree_package(struct tree *tree, const struct tree_package *package,
		 size_t *ret_index, struct diag *diag) MUST_CHECK;

/*
 * Visit every node, a directory before what it holds, children in order.
 * Stops at the first non-zero return and returns it.
 */
int tree_walk(const struct tree *tree,
	      int (*visit)(struct node *node, void *context), void *context);

#endif
