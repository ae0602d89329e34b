/* The objects that an ELF object cannot be loaded without. */
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/elf.h"
#include "pack/format.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Of a library that only ld.so.conf leads to. */
static int place_link(struct closure *closure, const char *path,
		      const char *target, struct node *library,
		      struct diag *diag)
{
	CLEANUP_FREE char *reason = NULL;
	struct node *node;
	bool new;
	int r;

	reason = format_text(
		"where the loader itself looks, for %s: a jail has no "
		"ld.so.cache",
		target);
	if (!reason)
		return diag_oom(diag);
	r = place_node(closure->placer, path, S_IFLNK | 0777, reason, &node,
		       &new, diag);
	if (r < 0)
		return r;
	if (!new) {
		if (tree_resolve(closure->placer->view.tree, path) != library)
			placer_warn(closure->placer,
				    "%s hides %s, which ld.so.conf leads to",
				    path, target);
		return 0;
	}
	node->target = strdup(target);
	node->because = library;
	return node->target ? 0 : diag_oom(diag);
}

/* Place one object that a loader finds at `path`, and look into it. */
static int place_object(struct closure *closure, struct node *because,
			const struct library_user *user, const char *path,
			const char *reason, struct node **ret_node,
			struct diag *diag)
{
	char **inherited = NULL;
	struct node *node;
	int r = closure_place(closure, path, because, reason, &node, diag);

	if (r == 0)
		r = libraries_inherit(closure->libraries, user, &inherited,
				      diag);
	if (r == 0)
		r = closure_look_into(closure, node, path, inherited,
				      user->musl, diag);
	if (r == 0)
		*ret_node = node;
	return r;
}

static int place_found(struct closure *closure, const struct closure_item *from,
		       const struct library_user *user,
		       const struct library_found *found, const char *reason,
		       struct diag *diag)
{
	CLEANUP_FREE char *better = NULL;
	struct node *library, *variant;
	int r = place_object(closure, from->node, user, found->path, reason,
			     &library, diag);

	if (r == 0 && found->link)
		r = place_link(closure, found->link, found->path, library,
			       diag);
	if (r < 0 || !found->variants)
		return r;
	better = format_text("used on better processors instead of %s",
			     found->path);
	if (!better)
		return diag_oom(diag);
	for (size_t i = 0; r == 0 && found->variants[i]; i++)
		r = place_object(closure, library, user, found->variants[i],
				 better, &variant, diag);
	return r;
}

int closure_need_library(struct closure *closure,
			 const struct closure_item *from, const struct elf *elf,
			 const char *name, const char *reason,
			 struct diag *diag)
{
	const struct library_user user = { .elf = elf,
					   .origin = from->origin,
					   .inherited = from->inherited,
					   .musl = from->musl };
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;
	int r = libraries_find(closure->libraries, &user, name, &found, diag);

	if (r < 0)
		return r;
	return place_found(closure, from, &user, &found, reason, diag);
}

/* A plug-in's library may be one that its program has loaded already: then
 * the loader goes by the name alone. */
static int have_by_name(struct closure *closure, const struct elf *elf,
			const char *name, bool *ret_answer, struct diag *diag)
{
	CLEANUP_FREE char *pattern = NULL;
	char **paths = NULL;
	struct view tree = { .tree = closure->placer->view.tree };
	int r;

	*ret_answer = false;
	if (elf->interpreter || strchr(name, '/') || path_has_pattern(name))
		return 0;
	pattern = path_join("/**", name);
	if (!pattern)
		return diag_oom(diag);
	r = view_match(&tree, pattern, &paths, diag);
	*ret_answer = r == 0 && paths;
	strv_free(paths);
	return r;
}

static int need_library(struct closure *closure,
			const struct closure_item *item, const struct elf *elf,
			const char *path, const char *name, struct diag *diag)
{
	CLEANUP_FREE char *reason = NULL;
	bool have;
	int r;

	reason = format_text("needed by %s (DT_NEEDED %s)", path, name);
	if (!reason)
		return diag_oom(diag);
	r = closure_need_library(closure, item, elf, name, reason, diag);
	if (r != -ENOENT)
		return r;
	r = have_by_name(closure, elf, name, &have, diag);
	if (r == 0 && !have && !closure_leaves_to_proof(closure))
		r = closure_missing_library(closure, item, elf, name, diag);
	return r;
}

static int need_interpreter(struct closure *closure, struct closure_item *item,
			    const struct elf *elf, const char *path,
			    struct diag *diag)
{
	CLEANUP_FREE char *reason = NULL;
	CLEANUP_FREE char *what = NULL;
	struct node *node;
	int r;

	/* From here on it is this program's loader that searches. */
	item->musl = strstr(elf->interpreter, "/ld-musl-") != NULL;
	reason = format_text("interpreter of %s (PT_INTERP)", path);
	if (!reason)
		return diag_oom(diag);
	r = closure_need_file(closure, item, elf->interpreter, reason, &node,
			      diag);
	if (r != -ENOENT)
		return r;
	if (closure_leaves_to_proof(closure))
		return 0;
	what = format_text("the interpreter %s", elf->interpreter);
	if (!what)
		return diag_oom(diag);
	return closure_missing(closure, item->node, what, NULL,
			       "bring the C library's package within reach: "
			       "fetch libc6",
			       diag);
}

int closure_objects(struct closure *closure, struct closure_item *item,
		    const struct elf *elf, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(item->node);
	int r = path ? 0 : diag_oom(diag);

	if (r == 0 && elf->interpreter)
		r = need_interpreter(closure, item, elf, path, diag);
	for (size_t i = 0; r == 0 && elf->needed && elf->needed[i]; i++)
		r = need_library(closure, item, elf, path, elf->needed[i],
				 diag);
	if (r == 0)
		r = closure_object_rules(closure, item, elf, diag);
	if (r == 0)
		r = closure_dlopen(closure, item, elf, diag);
	return r;
}
