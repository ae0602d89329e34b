/*
 * Trees made on the spot, with small ELF objects in them: what a test looks
 * things up in, without a file on the disk.
 */
#ifndef TESTS_TREE_BUILDER_H
#define TESTS_TREE_BUILDER_H

#include "lib/path.h"
#include "pack/tree.h"
#include "tests/unit/elf_builder.h"

#include <errno.h>
#include <sys/stat.h>

/* The node at `path`, with the directories on the way. */
static inline struct node *put_node(struct tree *tree, const char *path,
				    mode_t mode)
{
	CLEANUP_FREE char *parent = path_parent(path);
	struct node *node;
	int r;

	if (!parent)
		abort();
	if (strcmp(parent, "/") != 0 && !tree_find(tree, parent))
		put_node(tree, parent, S_IFDIR | 0755);
	r = tree_add(tree, path, mode, &node, NULL);
	if (r < 0 && r != -EEXIST)
		abort();
	return node;
}

static inline struct node *put_link(struct tree *tree, const char *path,
				    const char *target)
{
	struct node *node = put_node(tree, path, S_IFLNK | 0777);

	node->target = strdup(target);
	return node;
}

/* Takes the content. */
static inline struct node *put_file(struct tree *tree, const char *path,
				    mode_t mode, struct buf content)
{
	struct node *node = put_node(tree, path, S_IFREG | mode);

	node->content = CONTENT_INLINE;
	node->size = content.length;
	node->data = content.data ? content.data : strdup("");
	return node;
}

static inline struct node *put_text(struct tree *tree, const char *path,
				    const char *text)
{
	struct buf content = BUF_INIT;

	buf_puts(&content, text);
	return put_file(tree, path, 0644, content);
}

static inline struct node *put_elf(struct tree *tree, const char *path,
				   const struct elf_recipe *recipe)
{
	return put_file(tree, path, 0755, elf_build(recipe, NULL));
}

#endif
