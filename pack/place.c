#include "pack/place.h"

#include "lib/path.h"
#include "pack/format.h"
#include "pack/place_fill.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

enum {
	LINKS_MAX = 40, /* that lead nowhere yet, in one path */
};

void placer_warn(const struct placer *placer, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!placer->warn)
		return;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text)
		placer->warn(placer->context, text);
	free(text);
}

/* Nodes made in one placement that wait for what they are there for. */
struct pending {
	struct node **nodes;
	size_t count;
};

static void pending_done(struct pending *pending)
{
	free(pending->nodes);
}

#define CLEANUP_PENDING CLEANUP(pending_done)

static int pending_add(struct pending *pending, struct node *node,
		       struct diag *diag)
{
	if (array_grow(&pending->nodes, pending->count, sizeof(struct node *)) <
	    0)
		return diag_oom(diag);
	pending->nodes[pending->count++] = node;
	return 0;
}

static int pending_settle(const struct pending *pending, struct node *aim,
			  struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(aim);

	if (!path)
		return diag_oom(diag);
	for (size_t i = 0; i < pending->count; i++) {
		struct node *node = pending->nodes[i];
		int r;

		if (node == aim)
			continue;
		r = node_reason(node, aim, diag, "%s %s",
				S_ISLNK(node->mode)
					? "symbolic link on the way to"
					: "directory of",
				path);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Put everything that a trail passes into the tree. */
static int place_trail(struct placer *placer, const struct view_trail *trail,
		       struct pending *pending, struct diag *diag)
{
	for (size_t i = 0; i < trail->count; i++) {
		const struct view_step *step = &trail->steps[i];
		const struct place_origin origin = { step->source, step->path,
						     &step->entry };
		struct node *node;
		int r;

		if (step->node)
			continue;
		r = tree_add(placer->view.tree, step->path, step->entry.mode,
			     &node, diag);
		if (r == -EEXIST) /* the trail passed it before */
			continue;
		if (r == 0)
			r = place_fill(placer, node, &origin, diag);
		if (r == 0)
			r = pending_add(pending, node, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

int place_follow(struct placer *placer, const char *path, struct node *because,
		 const char *reason, struct node **ret_node, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	CLEANUP_PENDING struct pending pending = { 0 };
	struct node *node;
	int r;

	r = view_follow(&placer->view, path, true, &trail, diag);
	if (r < 0)
		return r;
	r = place_trail(placer, &trail, &pending, diag);
	if (r < 0)
		return r;
	node = tree_find(placer->view.tree, view_trail_path(&trail));
	for (size_t i = 0; i < pending.count; i++) {
		if (pending.nodes[i] == node)
			r = node_reason(node, because, diag, "%s", reason);
		if (r < 0)
			return r;
	}
	r = pending_settle(&pending, node, diag);
	if (r == 0)
		*ret_node = node;
	return r;
}

static int place_directory(struct placer *placer, const char *path,
			   unsigned int links, struct pending *pending,
			   struct node **ret_node, struct diag *diag);

/* A link whose target is not there yet: make the target. */
static int place_behind_link(struct placer *placer,
			     const struct view_trail *trail, unsigned int links,
			     struct pending *pending, struct node **ret_node,
			     struct diag *diag)
{
	CLEANUP_FREE char *parent = path_parent(view_trail_path(trail));
	CLEANUP_FREE char *target = NULL;
	const struct node *link;
	int r;

	if (!parent)
		return diag_oom(diag);
	r = place_trail(placer, trail, pending, diag);
	if (r < 0)
		return r;
	link = tree_find(placer->view.tree, view_trail_path(trail));
	if (!S_ISLNK(link->mode) || links >= LINKS_MAX)
		return diag_errno(diag, S_ISLNK(link->mode) ? -ELOOP : -ENOTDIR,
				  "%s", view_trail_path(trail));
	target = path_join(parent, link->target);
	if (!target)
		return diag_oom(diag);
	return place_directory(placer, target, links + 1, pending, ret_node,
			       diag);
}

static int make_directory(struct placer *placer, const char *path,
			  unsigned int links, struct pending *pending,
			  struct node **ret_node, struct diag *diag)
{
	CLEANUP_FREE char *above = path_parent(path);
	CLEANUP_FREE char *parent_path = NULL;
	CLEANUP_FREE char *real = NULL;
	struct node *parent, *node;
	int r;

	if (!above)
		return diag_oom(diag);
	r = place_directory(placer, above, links, pending, &parent, diag);
	if (r < 0)
		return r;
	parent_path = node_path(parent);
	if (parent_path)
		real = path_join(parent_path, path_name(path));
	if (!real)
		return diag_oom(diag);
	r = tree_add(placer->view.tree, real, S_IFDIR | 0755, &node, diag);
	if (r == 0)
		r = pending_add(pending, node, diag);
	if (r == 0)
		*ret_node = node;
	return r;
}

/* The directory that a path leads to; what is missing of it is made. */
static int place_directory(struct placer *placer, const char *path,
			   unsigned int links, struct pending *pending,
			   struct node **ret_node, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	int r = view_follow(&placer->view, path, true, &trail, diag);

	if (r == 0) {
		if (!S_ISDIR(view_trail_mode(&trail)))
			return diag_errno(diag, -ENOTDIR, "%s",
					  view_trail_path(&trail));
		r = place_trail(placer, &trail, pending, diag);
		if (r == 0)
			*ret_node = tree_find(placer->view.tree,
					      view_trail_path(&trail));
		return r;
	}
	if (r != -ENOENT)
		return r;
	r = view_follow(&placer->view, path, false, &trail, diag);
	if (r == 0)
		return place_behind_link(placer, &trail, links, pending,
					 ret_node, diag);
	if (r != -ENOENT)
		return r;
	return make_directory(placer, path, links, pending, ret_node, diag);
}

int place_node(struct placer *placer, const char *path, mode_t mode,
	       const char *reason, struct node **ret_node, bool *ret_new,
	       struct diag *diag)
{
	CLEANUP_PENDING struct pending pending = { 0 };
	CLEANUP_FREE char *above = path_parent(path);
	CLEANUP_FREE char *parent_path = NULL;
	CLEANUP_FREE char *real = NULL;
	struct node *parent, *node;
	bool new;
	int r;

	if (!above)
		return diag_oom(diag);
	r = place_directory(placer, above, 0, &pending, &parent, diag);
	if (r < 0)
		return r;
	parent_path = node_path(parent);
	if (parent_path)
		real = path_join(parent_path, path_name(path));
	if (!real)
		return diag_oom(diag);
	r = tree_add(placer->view.tree, real, mode, &node, diag);
	new = r == 0;
	if (r == -EEXIST)
		r = 0;
	if (r == 0 && new)
		r = node_reason(node, NULL, diag, "%s", reason);
	if (r == 0)
		r = pending_settle(&pending, node, diag);
	if (r < 0)
		return r;
	*ret_node = node;
	*ret_new = new;
	return 0;
}

/* Does a link lead to something that belongs into an image? One that leads
 * nowhere is kept, what it leads to may come later or only when the jail
 * runs; and what the kernel makes up is not for keeping. */
static int is_worthwhile(const struct view *view, const char *path,
			 bool *ret_answer, struct diag *diag)
{
	static const char *const live[] = { "/dev", "/proc", "/sys", "/run" };
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	int r = view_follow(view, path, true, &trail, diag);
	bool answer = r == 0 && (S_ISREG(view_trail_mode(&trail)) ||
				 S_ISDIR(view_trail_mode(&trail)));

	if (r < 0 && r != -ENOENT)
		return r;
	for (size_t i = 0; answer && i < ARRAY_SIZE(live); i++)
		answer = !path_within(view_trail_path(&trail), live[i]);
	*ret_answer = answer;
	return 0;
}

int place_target(struct placer *placer, struct node *link, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(link);
	CLEANUP_FREE char *reason = NULL;
	struct node *target;
	bool worthwhile;
	int r;

	if (path)
		reason = format_text("what %s leads to", path);
	if (!reason)
		return diag_oom(diag);
	r = is_worthwhile(&placer->view, path, &worthwhile, diag);
	if (r < 0 || !worthwhile)
		return r;
	return place_follow(placer, path, link, reason, &target, diag);
}

/* May what is at `to` become what the source has? 1 yes, 0 no. */
static int may_replace(const struct node *node, bool new, bool named,
		       const struct source_entry *entry, const char *to,
		       struct diag *diag)
{
	bool directory = S_ISDIR(entry->mode);

	if (new)
		return 1;
	if (S_ISDIR(node->mode) != directory && (named || !node->explicit))
		return diag_set(diag, -EEXIST,
				directory ? "%s is in the tree already, and is "
					    "no directory"
					  : "%s is in the tree already, as a "
					    "directory",
				to);
	if (named)
		return 1;
	/* Made on the way to something: it is now named by a pattern. */
	return !node->explicit && node->because;
}

int place_from(struct placer *placer, const struct place_origin *origin,
	       const char *to, bool named, const char *reason,
	       struct node **ret_node, struct diag *diag)
{
	struct node *node;
	bool new;
	int r = place_node(placer, to, origin->entry->mode, reason, &node, &new,
			   diag);

	if (r == 0)
		r = may_replace(node, new, named, origin->entry, to, diag);
	if (r > 0) {
		r = node_reason(node, NULL, diag, "%s", reason);
		if (r == 0)
			r = place_fill(placer, node, origin, diag);
		node->explicit = node->explicit || named;
		if (r == 0)
			r = 1;
	}
	if (r >= 0)
		*ret_node = node;
	return r;
}

int place_copy(struct placer *placer, const char *from, const char *to,
	       bool named, const char *reason, struct node **ret_node,
	       struct diag *diag)
{
	struct source_entry entry;
	struct place_origin origin = { .path = from, .entry = &entry };
	struct node *node;
	int r;

	r = view_source(&placer->view, from, &origin.source, &entry, diag);
	if (r < 0)
		return r;
	r = place_from(placer, &origin, to, named, reason, &node, diag);
	if (r > 0 && S_ISLNK(node->mode))
		r = place_target(placer, node, diag);
	source_entry_done(&entry);
	if (r < 0)
		return r;
	*ret_node = node;
	return 0;
}
