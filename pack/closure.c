#include "pack/closure.h"

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

int closure_place(struct closure *closure, const char *path,
		  struct node *because, const char *reason,
		  struct node **ret_node, struct diag *diag)
{
	int r = place_follow(closure->placer, path, because, reason, ret_node,
			     diag);

	closure->files_seen = closure->placer->file_count;
	return r;
}

int closure_look_into(struct closure *closure, struct node *node,
		      const char *found_as, char **inherited, bool musl,
		      struct diag *diag)
{
	struct closure_item *item = new_item(node, found_as, inherited, musl);

	return item ? enqueue(closure, item, diag) : diag_oom(diag);
}

int closure_need_file(struct closure *closure, const struct closure_item *from,
		      const char *path, const char *reason,
		      struct node **ret_node, struct diag *diag)
{
	CLEANUP_FREE char *real = NULL;
	struct node *node;
	int r = closure_place(closure, path, from->node, reason, &node, diag);

	if (r < 0)
		return r;
	real = node_path(node);
	if (!real)
		return diag_oom(diag);
	r = closure_look_into(closure, node, real, NULL, from->musl, diag);
	if (r == 0)
		*ret_node = node;
	return r;
}

bool closure_needs_musl(const struct elf *elf, bool otherwise)
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
	int r = path ? elf_read(fd, (const char *const *)closure->symbols, &elf,
				diag)
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
	if (elf.interpreter && !closure->program) {
		closure->program = item;
		closure->program_identity = elf.identity;
	}
	if (item->from_recipe && !elf.interpreter) {
		if (!last)
			return wait_for_programs(closure, item, diag);
		item->musl = closure_needs_musl(&elf, item->musl);
	}
	return closure_objects(closure, item, &elf, diag);
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
		r = closure_file_rules(closure, item, false, diag);
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

/* Files whose rules need to know what the jail runs. */
static int do_late(struct closure *closure, struct diag *diag)
{
	int r = 0;

	while (r == 0 && closure->late < closure->item_count) {
		const struct closure_item *item =
			closure->items[closure->late++];

		if (S_ISREG(item->node->mode))
			r = closure_file_rules(closure, item, true, diag);
	}
	return r;
}

/* What is known only when everything is there may bring more. */
static int do_all(struct closure *closure, struct diag *diag)
{
	size_t before;
	int r = take_files(closure, diag);

	if (r == 0)
		r = do_items(closure, diag);
	if (r == 0)
		r = do_waiting(closure, diag);
	do {
		before = closure->item_count;
		if (r == 0)
			r = closure_names(closure, diag);
		if (r == 0)
			r = do_late(closure, diag);
		if (r == 0)
			r = closure_languages(closure, diag);
		if (r == 0)
			r = do_items(closure, diag);
	} while (r == 0 && closure->item_count > before);
	return r;
}

const char *closure_environment(const struct recipe *recipe, const char *name)
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
	strv_free(closure->symbols);
	strv_free(closure->rules_done);
	strv_free(closure->pam_stacks);
	for (size_t i = 0; i < closure->script_count; i++)
		free(closure->scripts[i].interpreter);
	free(closure->scripts);
	closure_languages_free(closure->languages);
	free(closure->names.reason);
	strv_free(closure->names.databases);
	libraries_free(closure->libraries);
}

int closure_complete(struct placer *placer, const struct recipe *recipe,
		     struct diag *diag)
{
	struct closure closure = { .placer = placer, .recipe = recipe };
	int r = libraries_new(&placer->view,
			      closure_environment(recipe, "LD_LIBRARY_PATH"),
			      recipe->config.workdir, &closure.libraries, diag);

	if (r == 0 && rules_symbols(&closure.symbols) < 0)
		r = diag_oom(diag);
	if (r == 0)
		r = do_all(&closure, diag);
	closure_done(&closure);
	return r;
}
