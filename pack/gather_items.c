#include "pack/gather_items.h"

#include "lib/path.h"
#include "pack/format.h"
#include "pack/gather_archive.h"
#include "pack/gather_copy.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

char *recipe_reason(const struct recipe *recipe, const struct location *at,
		    const char *format, ...)
{
	size_t length = strlen(recipe->directory);
	const char *file = at->file;
	CLEANUP_FREE char *what = NULL;
	va_list arguments;

	if (strncmp(file, recipe->directory, length) == 0 &&
	    file[length] == '/')
		file += length + 1;
	else if (file[0] == '/' || strncmp(file, "../", 3) == 0)
		file = path_name(file);
	va_start(arguments, format);
	if (vasprintf(&what, format, arguments) < 0)
		what = NULL;
	va_end(arguments);
	return what ? format_text("%s:%u: %s", file, at->line, what) : NULL;
}

int owner_uid(const struct accounts *accounts, const char *word,
	      const struct location *at, uint32_t *ret_uid, struct diag *diag)
{
	int r;

	*ret_uid = 0;
	if (!word || accounts_uid(accounts, word, ret_uid) == 0)
		return 0;
	r = location_error(diag, -EINVAL, at,
			   "there is no user %s in this jail", word);
	diag_hint(diag, "add: user %s", word);
	return r;
}

int owner_gid(const struct accounts *accounts, const char *word,
	      const struct location *at, uint32_t *ret_gid, struct diag *diag)
{
	int r;

	*ret_gid = 0;
	if (!word || accounts_gid(accounts, word, ret_gid) == 0)
		return 0;
	r = location_error(diag, -EINVAL, at,
			   "there is no group %s in this jail", word);
	diag_hint(diag, "add: group %s", word);
	return r;
}

/* Make the node at the item's path what the item says: of that type, with its
 * mode and owner, empty, and its reason the recipe's word. */
static int claim(struct placer *placer, const struct recipe *recipe,
		 const struct recipe_item *item, mode_t mode, const char *word,
		 struct node **ret_node, struct diag *diag)
{
	CLEANUP_FREE char *reason = recipe_reason(
		recipe, &item->at, "%s %s%s%s", word, item->path,
		item->target ? " " : "", item->target ? item->target : "");
	struct node *node;
	bool new;
	int r;

	if (!reason)
		return diag_oom(diag);
	r = place_node(placer, item->path, mode, reason, &node, &new, diag);
	if (r < 0)
		return location_wrap(diag, r, &item->at);
	if (node->child_count && !S_ISDIR(mode))
		return location_error(diag, -EEXIST, &item->at,
				      "%s is in the tree already, as a "
				      "directory with files in it",
				      item->path);
	node_empty(node);
	node->mode = mode;
	node->explicit = true;
	r = owner_uid(placer->accounts, item->user, &item->at, &node->uid,
		      diag);
	if (r == 0)
		r = owner_gid(placer->accounts, item->group, &item->at,
			      &node->gid, diag);
	if (r == 0)
		r = node_reason(node, NULL, diag, "%s", reason);
	if (r == 0)
		*ret_node = node;
	return r;
}

static mode_t item_mode(const struct recipe_item *item, mode_t otherwise)
{
	return item->has_mode ? item->mode & 07777 : otherwise;
}

static int item_dir(struct placer *placer, const struct recipe *recipe,
		    const struct recipe_item *item, struct diag *diag)
{
	struct node *node;

	return claim(placer, recipe, item, S_IFDIR | item_mode(item, 0755),
		     "dir", &node, diag);
}

static int item_link(struct placer *placer, const struct recipe *recipe,
		     const struct recipe_item *item, struct diag *diag)
{
	struct node *node;
	int r = claim(placer, recipe, item, S_IFLNK | 0777, "link", &node,
		      diag);

	if (r < 0)
		return r;
	node->target = strdup(item->target);
	return node->target ? 0 : diag_oom(diag);
}

static int item_device(struct placer *placer, const struct recipe *recipe,
		       const struct recipe_item *item, struct diag *diag)
{
	struct node *node;
	int r = claim(placer, recipe, item, item->mode, "device", &node, diag);

	if (r < 0)
		return r;
	node->major = item->major;
	node->minor = item->minor;
	return 0;
}

static int item_file(struct placer *placer, const struct recipe *recipe,
		     const struct recipe_item *item, struct diag *diag)
{
	struct node *node;
	int r = claim(placer, recipe, item, S_IFREG | item_mode(item, 0644),
		      "file", &node, diag);

	if (r < 0)
		return r;
	node->content = CONTENT_INLINE;
	node->size = item->content_length;
	node->data = malloc(item->content_length + 1);
	if (!node->data)
		return diag_oom(diag);
	if (item->content_length)
		memcpy(node->data, item->content, item->content_length);
	return placer_remember(placer, node, diag);
}

static int do_item(struct placer *placer, const struct recipe *recipe,
		   const struct recipe_item *item, struct diag *diag)
{
	switch (item->kind) {
	case ITEM_PACKAGE:
		return gather_package(placer, recipe, item, diag);
	case ITEM_FETCH:
		return 0;
	case ITEM_DIR:
		return item_dir(placer, recipe, item, diag);
	case ITEM_LINK:
		return item_link(placer, recipe, item, diag);
	case ITEM_DEVICE:
		return item_device(placer, recipe, item, diag);
	case ITEM_COPY:
		return gather_copy(placer, recipe, item, diag);
	case ITEM_FILE:
		return item_file(placer, recipe, item, diag);
	case ITEM_ARCHIVE:
	case ITEM_BUILD:
		return gather_archive(placer, recipe, item, diag);
	}
	return location_error(diag, -EINVAL, &item->at, "unknown kind of item");
}

/* What the recipe's own links lead to, once all else has its place. */
static int link_targets(struct placer *placer, const struct recipe *recipe,
			struct diag *diag)
{
	for (size_t i = 0; i < recipe->item_count; i++) {
		const struct recipe_item *item = &recipe->items[i];
		struct node *node;
		int r;

		if (item->kind != ITEM_LINK)
			continue;
		node = tree_find(placer->view.tree, item->path);
		/* It may lie behind a link, or be something else by now. */
		if (!node || !S_ISLNK(node->mode))
			continue;
		r = place_target(placer, node, diag);
		if (r < 0)
			return location_wrap(diag, r, &item->at);
	}
	return 0;
}

int gather_items(struct placer *placer, const struct recipe *recipe,
		 struct diag *diag)
{
	for (size_t i = 0; i < recipe->item_count; i++) {
		int r = do_item(placer, recipe, &recipe->items[i], diag);

		if (r < 0)
			return r;
	}
	return link_targets(placer, recipe, diag);
}
