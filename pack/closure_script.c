/* The interpreters of scripts. */
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/format.h"
#include "pack/scripts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_PATH                                                           \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *search_path(const struct recipe *recipe)
{
	for (char **entry = recipe->config.environment; entry && *entry;
	     entry++) {
		if (strncmp(*entry, "PATH=", 5) == 0)
			return *entry + 5;
	}
	return DEFAULT_PATH;
}

static int is_program(const struct view *view, const char *path, bool *ret_yes,
		      struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	int r = view_follow(view, path, true, &trail, diag);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret_yes = r == 0 && S_ISREG(view_trail_mode(&trail)) &&
		   (view_trail_mode(&trail) & 0111);
	return 0;
}

int closure_find_program(const struct view *view, const struct recipe *recipe,
			 const char *name, char **ret_path, struct diag *diag)
{
	const char *path = strchr(name, '/') ? "" : search_path(recipe);

	for (;;) {
		size_t length = strcspn(path, ":");
		CLEANUP_FREE char *directory = strndup(path, length);
		CLEANUP_FREE char *program = NULL;
		bool yes;
		int r;

		if (directory)
			program = path_join(directory, name);
		if (!program)
			return diag_oom(diag);
		r = is_program(view, program, &yes, diag);
		if (r < 0)
			return r;
		if (yes) {
			*ret_path = steal_ptr(&program);
			return 0;
		}
		if (path[length] == '\0')
			return -ENOENT;
		path += length + 1;
	}
}

bool closure_is_by_the_way(const struct tree *tree, const struct recipe *recipe,
			   const struct node *script)
{
	struct recipe_program program;

	if (script->explicit || script->because)
		return false;
	for (size_t i = 0; recipe_program(recipe, i, &program); i++)
		if (tree_resolve(tree, program.arguments[0]) == script)
			return false;
	return true;
}

static int missing(struct closure *closure, const struct closure_item *item,
		   const char *script, const char *what, const char *sought,
		   struct diag *diag)
{
	if (closure_is_by_the_way(closure->placer->view.tree, closure->recipe,
				  item->node)) {
		placer_warn(closure->placer,
			    "%s cannot be run: %s is not there", script, what);
		return 0;
	}
	if (closure_leaves_to_proof(closure))
		return 0;
	return closure_missing(closure, item->node, what, sought,
			       "add `fetch PACKAGE` with the package that "
			       "holds it, or leave the script out",
			       diag);
}

static int need_interpreter(struct closure *closure,
			    const struct closure_item *item, const char *script,
			    const char *interpreter, struct diag *diag)
{
	CLEANUP_FREE char *reason = NULL;
	CLEANUP_FREE char *what = NULL;
	CLEANUP_FREE char *path = path_normalize(interpreter);
	struct node *node;
	int r;

	reason = format_text("interpreter of %s (#!%s)", script, interpreter);
	if (!path || !reason)
		return diag_oom(diag);
	r = closure_need_file(closure, item, path, reason, &node, diag);
	if (r != -ENOENT)
		return r;
	what = format_text("the interpreter %s", interpreter);
	if (!what)
		return diag_oom(diag);
	return missing(closure, item, script, what, NULL, diag);
}

static int need_program(struct closure *closure,
			const struct closure_item *item, const char *script,
			const char *name, struct diag *diag)
{
	CLEANUP_FREE char *reason = NULL;
	CLEANUP_FREE char *what = NULL;
	CLEANUP_FREE char *path = NULL;
	struct node *node;
	int r = closure_find_program(&closure->placer->view, closure->recipe,
				     name, &path, diag);

	if (r < 0 && r != -ENOENT)
		return r;
	reason = format_text("interpreter of %s (#!env %s)", script, name);
	what = format_text("the program %s", name);
	if (!reason || !what)
		return diag_oom(diag);
	if (r == 0)
		return closure_need_file(closure, item, path, reason, &node,
					 diag);
	return missing(closure, item, script, what,
		       search_path(closure->recipe), diag);
}

/* For whoever knows what such scripts take in. */
static int remember(struct closure *closure, struct node *node,
		    const struct script *script, struct diag *diag)
{
	struct closure_script known = {
		node,
		strdup(script->program ? script->program : script->interpreter)
	};

	if (!known.interpreter ||
	    array_grow(&closure->scripts, closure->script_count,
		       sizeof(known)) < 0) {
		free(known.interpreter);
		return diag_oom(diag);
	}
	closure->scripts[closure->script_count++] = known;
	return 0;
}

int closure_script(struct closure *closure, const struct closure_item *item,
		   const char *bytes, size_t length, struct diag *diag)
{
	CLEANUP_SCRIPT struct script script = SCRIPT_INIT;
	CLEANUP_FREE char *path = NULL;
	int r;

	/* The kernel runs nothing that is not executable. */
	if (!(item->node->mode & 0111))
		return 0;
	r = script_parse(bytes, length, &script, diag);
	if (r <= 0)
		return r;
	path = node_path(item->node);
	if (!path)
		return diag_oom(diag);
	r = need_interpreter(closure, item, path, script.interpreter, diag);
	if (r == 0 && script.program)
		r = need_program(closure, item, path, script.program, diag);
	if (r == 0)
		r = remember(closure, item->node, &script, diag);
	return r < 0 ? r : 1;
}
