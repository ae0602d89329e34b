#include "pack/closure.h"
#include "pack/format.h"

#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/elf.h"
#include "pack/rules.h"
#include "pack/scripts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void item_free(struct closure_item *item)
{
	if (!item)
		return;
	free(item->origin);
	strv_free(item->inherited);
	free(item);
}

static bool equal_lists(char *const *a, char *const *b)
{
	size_t i = 0;

	while (a && a[i] && b && b[i] && strcmp(a[i], b[i]) == 0)
		i++;
	return !(a && a[i]) && !(b && b[i]);
}

static bool equal_items(const struct closure_item *a,
			const struct closure_item *b)
{
	return a->musl == b->musl && strcmp(a->origin, b->origin) == 0 &&
	       equal_lists(a->inherited, b->inherited);
}

/* Put an item at the end of the list unless it stands there. Takes it. */
static int enqueue(struct closure *closure, struct closure_item *item,
		   struct diag *diag)
{
	struct node *node = item->node;

	for (const struct closure_item *other = node->work; other;
	     other = other->same_node) {
		if (equal_items(other, item)) {
			item_free(item);
			return 0;
		}
	}
	if (array_grow(&closure->items, closure->item_count,
		       sizeof(struct closure_item *)) < 0) {
		item_free(item);
		return diag_oom(diag);
	}
	item->same_node = node->work;
	node->work = item;
	closure->items[closure->item_count++] = item;
	return 0;
}

/* Takes `inherited`. NULL when memory runs out. */
static struct closure_item *new_item(struct node *node, const char *found_as,
				     char **inherited, bool musl)
{
	struct closure_item *item = calloc(1, sizeof(*item));

	if (item) {
		item->node = node;
		item->origin = path_parent(found_as);
		item->inherited = inherited;
		item->musl = musl;
		if (item->origin)
			return item;
	}
	free(item);
	strv_free(inherited);
	return NULL;
}

/* Place what is needed. The closure's own placements do not count among the
 * files that the recipe brought. */
static int place(struct closure *closure, const char *path,
		 struct node *because, const char *reason,
		 struct node **ret_node, struct diag *diag)
{
	int r = place_follow(closure->placer, path, because, reason, ret_node,
			     diag);

	closure->files_seen = closure->placer->file_count;
	return r;
}

int closure_need_file(struct closure *closure, const struct closure_item *from,
		      const char *path, const char *reason,
		      struct node **ret_node, struct diag *diag)
{
	CLEANUP_FREE char *real = NULL;
	struct closure_item *item;
	struct node *node;
	int r = place(closure, path, from->node, reason, &node, diag);

	if (r < 0)
		return r;
	real = node_path(node);
	item = real ? new_item(node, real, NULL, from->musl) : NULL;
	if (!item)
		return diag_oom(diag);
	r = enqueue(closure, item, diag);
	if (r == 0)
		*ret_node = node;
	return r;
}

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
	struct closure_item *item;
	char **inherited = NULL;
	struct node *node;
	int r = place(closure, path, because, reason, &node, diag);

	if (r == 0)
		r = libraries_inherit(closure->libraries, user, &inherited,
				      diag);
	if (r < 0)
		return r;
	item = new_item(node, path, inherited, user->musl);
	if (!item)
		return diag_oom(diag);
	r = enqueue(closure, item, diag);
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
	if (r == 0 && !have)
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
	what = format_text("the interpreter %s", elf->interpreter);
	if (!what)
		return diag_oom(diag);
	return closure_missing(closure, item->node, what, NULL,
			       "bring the C library's package within reach: "
			       "fetch libc6",
			       diag);
}

static int need_objects(struct closure *closure, struct closure_item *item,
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
		r = closure_apply_rules(closure, item, elf, diag);
	return r;
}

/* Libraries for musl say so by what they need. */
static bool needs_musl(const struct elf *elf, bool otherwise)
{
	for (size_t i = 0; elf->needed && elf->needed[i]; i++) {
		if (strcmp(elf->needed[i], "libc.so.6") == 0)
			return false;
		if (strcmp(elf->needed[i], "libc.so") == 0 ||
		    strncmp(elf->needed[i], "libc.musl-", 10) == 0)
			return true;
	}
	return otherwise;
}

static int wait_for_programs(struct closure *closure, struct closure_item *item,
			     struct diag *diag)
{
	if (array_grow(&closure->waiting, closure->waiting_count,
		       sizeof(struct closure_item *)) < 0)
		return diag_oom(diag);
	closure->waiting[closure->waiting_count++] = item;
	return 0;
}

static int do_object(struct closure *closure, struct closure_item *item, int fd,
		     bool last, struct diag *diag)
{
	CLEANUP_ELF struct elf elf = ELF_INIT;
	CLEANUP_FREE char *path = node_path(item->node);
	int r = path ? elf_read(fd, rules_symbols(), &elf, diag)
		     : diag_oom(diag);

	if (r == -EBADMSG && item->from_recipe) {
		placer_warn(closure->placer, "%s: %s; it is taken as it is",
			    path, diag && diag->text ? diag->text : "damaged");
		diag_done(diag);
		return 0;
	}
	if (r < 0)
		return diag_wrap(diag, r, "%s", path);
	if (!elf.dynamic)
		return 0;
	if (item->from_recipe && !elf.interpreter) {
		if (!last)
			return wait_for_programs(closure, item, diag);
		item->musl = needs_musl(&elf, item->musl);
	}
	return need_objects(closure, item, &elf, diag);
}

/* Look at the first bytes to see what kind of file it is. */
static int do_item(struct closure *closure, struct closure_item *item,
		   bool last, struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	char head[SCRIPT_LINE_MAX];
	struct elf_identity identity;
	ssize_t length;
	int r;

	if (!S_ISREG(item->node->mode))
		return 0;
	r = node_open(item->node, &fd, diag);
	if (r < 0)
		return r;
	length = pread(fd, head, sizeof(head), 0);
	if (length < 0)
		return diag_errno(diag, -errno, "cannot read %s",
				  item->node->name);
	if (elf_identify(head, (size_t)length, &identity))
		return do_object(closure, item, fd, last, diag);
	r = closure_script(closure, item, head, (size_t)length, diag);
	if (r == 0)
		r = closure_apache(closure, item, diag);
	return r < 0 ? r : 0;
}

/* What the recipe has brought since this was last asked. */
static int take_files(struct closure *closure, struct diag *diag)
{
	const struct placer *placer = closure->placer;

	while (closure->files_seen < placer->file_count) {
		struct node *node = placer->files[closure->files_seen++];
		CLEANUP_FREE char *path = node_path(node);
		struct closure_item *item =
			path ? new_item(node, path, NULL, false) : NULL;
		int r;

		if (!item)
			return diag_oom(diag);
		item->from_recipe = true;
		r = enqueue(closure, item, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int do_items(struct closure *closure, struct diag *diag)
{
	int r = 0;

	while (r == 0 && closure->done < closure->item_count)
		r = do_item(closure, closure->items[closure->done++], false,
			    diag);
	return r;
}

/* Plug-ins: libraries that nothing but the recipe asked for. */
static int do_waiting(struct closure *closure, struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < closure->waiting_count; i++) {
		struct closure_item *item = closure->waiting[i];
		const struct closure_item *first = item->node->work;

		/* Some program reached it meanwhile. */
		if (first != item || item->same_node)
			continue;
		r = do_item(closure, item, true, diag);
		if (r == 0)
			r = do_items(closure, diag);
	}
	closure->waiting_count = 0;
	return r;
}

static int do_all(struct closure *closure, struct diag *diag)
{
	int r = take_files(closure, diag);

	if (r == 0)
		r = do_items(closure, diag);
	if (r == 0)
		r = do_waiting(closure, diag);
	if (r == 0)
		r = closure_names(closure, diag);
	if (r == 0)
		r = do_items(closure, diag);
	return r;
}

static const char *environment_value(const struct recipe *recipe,
				     const char *name)
{
	size_t length = strlen(name);

	for (char **entry = recipe->config.environment; entry && *entry;
	     entry++) {
		if (strncmp(*entry, name, length) == 0 &&
		    (*entry)[length] == '=')
			return *entry + length + 1;
	}
	return NULL;
}

static void closure_done(struct closure *closure)
{
	for (size_t i = 0; i < closure->item_count; i++) {
		closure->items[i]->node->work = NULL;
		item_free(closure->items[i]);
	}
	free(closure->items);
	free(closure->waiting);
	libraries_free(closure->libraries);
}

int closure_complete(struct placer *placer, const struct recipe *recipe,
		     struct diag *diag)
{
	struct closure closure = { .placer = placer, .recipe = recipe };
	int r = libraries_new(&placer->view,
			      environment_value(recipe, "LD_LIBRARY_PATH"),
			      recipe->config.workdir, &closure.libraries, diag);

	if (r == 0)
		r = do_all(&closure, diag);
	closure_done(&closure);
	return r;
}
