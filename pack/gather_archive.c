#include "pack/gather_archive.h"

#include "lib/buf.h"
#include "lib/path.h"
#include "pack/gather_copy.h"
#include "pack/gather_items.h"
#include "pack/merged_usr.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_LIMIT = 4095, REASON_LIMIT = 160 };

struct unpacking {
	struct placer *placer;
	const struct recipe_item *item;
	const char *reason;
	struct source *source;
};

/* /lib and its kin are links in most jails, and directories in archives that
 * know nothing of it: 1 if the one is in the way of the other. */
static int leads_through_link(const struct unpacking *unpacking, const char *to,
			      struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	CLEANUP_TRAIL struct view_trail behind = VIEW_TRAIL_INIT;
	const struct view *view = &unpacking->placer->view;
	int r;

	if (merged_usr_index(to) < 0 || strchr(to + 1, '/'))
		return 0;
	r = view_follow(view, to, false, &trail, diag);
	if (r == 0 && S_ISLNK(view_trail_mode(&trail)))
		r = view_follow(view, to, true, &behind, diag);
	else if (r == 0)
		return 0;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return S_ISDIR(view_trail_mode(&behind));
}

static int unpack_one(const struct unpacking *unpacking,
		      const struct place_origin *origin, const char *to,
		      struct diag *diag)
{
	struct node *node;
	int r = 0;

	if (S_ISDIR(origin->entry->mode))
		r = leads_through_link(unpacking, to, diag);
	if (r > 0)
		return place_follow(unpacking->placer, to, NULL,
				    unpacking->reason, &node, diag);
	if (r == 0)
		r = place_from(unpacking->placer, origin, to, false,
			       unpacking->reason, &node, diag);
	return r < 0 ? r : 0;
}

static int unpack_children(const struct unpacking *unpacking, const char *from,
			   const char *to, struct diag *diag);

static int unpack_tree(const struct unpacking *unpacking, const char *from,
		       const char *to, struct diag *diag)
{
	struct source_entry entry;
	const struct place_origin origin = { unpacking->source, from, &entry };
	int r = item_excludes(unpacking->item, from);

	if (r)
		return r < 0 ? diag_oom(diag) : 0;
	if (strlen(to) > PATH_LIMIT)
		return diag_set(diag, -ENAMETOOLONG,
				"%s would have a path of more than %d bytes",
				from, PATH_LIMIT);
	r = source_lstat(unpacking->source, from, &entry, diag);
	if (r < 0)
		return r;
	if (S_ISREG(entry.mode) || S_ISDIR(entry.mode) || S_ISLNK(entry.mode))
		r = unpack_one(unpacking, &origin, to, diag);
	if (r == 0 && S_ISDIR(entry.mode))
		r = unpack_children(unpacking, from, to, diag);
	source_entry_done(&entry);
	return r;
}

static int unpack_children(const struct unpacking *unpacking, const char *from,
			   const char *to, struct diag *diag)
{
	char **names = NULL;
	int r = source_list(unpacking->source, from, &names, diag);

	for (size_t i = 0; r == 0 && names[i]; i++) {
		CLEANUP_FREE char *child = path_join(from, names[i]);
		CLEANUP_FREE char *place = path_join(to, names[i]);

		r = child && place ? unpack_tree(unpacking, child, place, diag)
				   : diag_oom(diag);
	}
	strv_free(names);
	return r;
}

static size_t archive_index(const struct recipe *recipe,
			    const struct recipe_item *item)
{
	size_t index = 0;

	for (const struct recipe_item *at = recipe->items; at < item; at++)
		index += at->kind == ITEM_ARCHIVE || at->kind == ITEM_BUILD;
	return index;
}

/* The item's words, as far as they make a reason that is still one to read. */
static char *reason_of(const struct recipe *recipe,
		       const struct recipe_item *item)
{
	CLEANUP_BUF struct buf words = BUF_INIT;
	size_t length;

	if (item->kind == ITEM_ARCHIVE)
		return recipe_reason(recipe, &item->at, "archive %s",
				     item->names[0]);
	for (size_t i = 0; item->names[i]; i++)
		buf_printf(&words, " %s", item->names[i]);
	if (buf_check(&words) < 0)
		return NULL;
	length = words.length;
	if (length > REASON_LIMIT)
		for (length = REASON_LIMIT;
		     ((unsigned char)words.data[length] & 0xc0) == 0x80;)
			length--;
	return recipe_reason(recipe, &item->at, "build%.*s%s", (int)length,
			     words.data, length < words.length ? "..." : "");
}

int gather_archive(struct placer *placer, const struct recipe *recipe,
		   const struct recipe_item *item, struct diag *diag)
{
	CLEANUP_FREE char *reason = reason_of(recipe, item);
	const struct unpacking unpacking = {
		.placer = placer,
		.item = item,
		.reason = reason,
		.source = placer->archives[archive_index(recipe, item)],
	};
	int r;

	if (!reason)
		return diag_oom(diag);
	r = unpack_children(&unpacking, "/", item->path ? item->path : "/",
			    diag);
	return r < 0 ? location_wrap(diag, r, &item->at) : 0;
}
