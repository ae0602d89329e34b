/* What to say when something is not there. */
#include "pack/closure_internal.h"
#include "pack/format.h"
#include "pack/gather_items.h"

#include <errno.h>
#include <string.h>

/* The recipe's word at the end of a node's chain of reasons. */
static const char *first_reason(const struct node *node)
{
	while (node->because)
		node = node->because;
	return node->reason ? node->reason : "";
}

/* True if a reason is this place's word. */
static bool is_reason_of(const struct recipe *recipe, const struct location *at,
			 const char *reason)
{
	CLEANUP_FREE char *prefix = NULL;

	if (at->line == 0)
		return false;
	prefix = recipe_reason(recipe, at, "%s", "");
	return prefix && strncmp(prefix, reason, strlen(prefix)) == 0;
}

const struct location *closure_recipe_line(const struct recipe *recipe,
					   const struct node *node)
{
	const char *reason = first_reason(node);
	struct recipe_program program;

	for (size_t i = 0; recipe_program(recipe, i, &program); i++) {
		if (is_reason_of(recipe, program.at, reason))
			return program.at;
	}
	for (size_t i = 0; i < recipe->item_count; i++) {
		if (is_reason_of(recipe, &recipe->items[i].at, reason))
			return &recipe->items[i].at;
	}
	return NULL;
}

bool closure_leaves_to_proof(const struct closure *closure)
{
	return closure->placer->force;
}

int closure_missing(const struct closure *closure, const struct node *node,
		    const char *what, const char *sought, const char *hint,
		    struct diag *diag)
{
	const struct location *at = closure_recipe_line(closure->recipe, node);
	CLEANUP_FREE char *path = node_path(node);
	CLEANUP_FREE char *sources = view_sources_name(&closure->placer->view);

	if (!path || !sources)
		return diag_oom(diag);
	diag_set(diag, -ENOENT, "%s needs %s, which is not in %s%s%s%s", path,
		 what, sources, sought ? " (sought in " : "",
		 sought ? sought : "", sought ? ")" : "");
	if (hint)
		diag_hint(diag, "%s", hint);
	if (closure->placer->force) {
		placer_warn(closure->placer, "%s; %s",
			    diag && diag->text ? diag->text : what,
			    hint ? hint : "it is left out");
		diag_done(diag);
		return 0;
	}
	return at ? location_wrap(diag, -ENOENT, at) : -ENOENT;
}

int closure_absent(const struct closure *closure, const struct node *node,
		   const char *what, const char *hint, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;

	if (!node->because)
		return closure_missing(closure, node, what, NULL, hint, diag);
	path = node_path(node);
	if (!path)
		return diag_oom(diag);
	placer_warn(closure->placer, "%s names %s, which is not there: %s",
		    path, what, hint);
	return 0;
}

int closure_missing_library(const struct closure *closure,
			    const struct closure_item *from,
			    const struct elf *elf, const char *name,
			    struct diag *diag)
{
	const struct library_user user = { .elf = elf,
					   .origin = from->origin,
					   .inherited = from->inherited,
					   .musl = from->musl };
	CLEANUP_FREE char *sought = NULL;
	CLEANUP_FREE char *what = NULL;
	CLEANUP_FREE char *hint = NULL;
	char machine[64];
	int r;

	r = libraries_sought(closure->libraries, &user, &sought, diag);
	if (r < 0)
		return r;
	elf_machine_name(&elf->identity, machine, sizeof(machine));
	what = format_text("%s for %s", name, machine);
	if (!what)
		return diag_oom(diag);
	hint = format_text(
		"add `fetch PACKAGE` with the package that holds %s, or "
		"leave %s out",
		name, from->node->name);
	if (!hint)
		return diag_oom(diag);
	return closure_missing(closure, from->node, what, sought, hint, diag);
}
