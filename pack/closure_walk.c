#include "pack/closure_walk.h"

#include "lib/path.h"
#include "pack/format.h"
#include "pack/program_text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void closure_walk_done(struct closure_walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->files[i].path);
	free(walk->files);
	strv_free(walk->own);
	strv_free(walk->directories);
	strv_free(walk->known);
}

int closure_walk_new(struct closure_walk *walk, const char *key, bool *ret_new,
		     struct diag *diag)
{
	*ret_new = false;
	for (size_t i = 0; walk->known && walk->known[i]; i++) {
		if (strcmp(walk->known[i], key) == 0)
			return 0;
	}
	*ret_new = true;
	return strv_append(&walk->known, key) < 0 ? diag_oom(diag) : 0;
}

int closure_walk_directory(struct closure_walk *walk, char ***list,
			   const char *path, struct diag *diag)
{
	bool there;
	int r;

	for (size_t i = 0; *list && (*list)[i]; i++) {
		if (strcmp((*list)[i], path) == 0)
			return 0;
	}
	r = view_is_directory(&walk->closure->placer->view, path, &there, diag);
	if (r == 0 && there && strv_append(list, path) < 0)
		r = diag_oom(diag);
	return r;
}

int closure_walk_has(const struct closure_walk *walk, const char *path,
		     bool *ret_there, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	int r = view_follow(&walk->closure->placer->view, path, true, &trail,
			    diag);

	*ret_there = r == 0 && S_ISREG(view_trail_mode(&trail));
	return r == -ENOENT ? 0 : r;
}

int closure_walk_add(struct closure_walk *walk, struct node *node,
		     const char *path, bool main, struct diag *diag)
{
	struct walk_file file = { .node = node, .main = main };

	for (size_t i = 0; i < walk->count; i++) {
		if (walk->files[i].node == node)
			return 0;
	}
	if (walk->count >= WALK_FILES_MAX)
		return diag_set(diag, -EINVAL,
				"%s: more than %d modules are needed", path,
				WALK_FILES_MAX);
	file.path = strdup(path);
	if (!file.path ||
	    array_grow(&walk->files, walk->count, sizeof(file)) < 0) {
		free(file.path);
		return diag_oom(diag);
	}
	walk->files[walk->count++] = file;
	return 0;
}

/* A text that is taken in is not run: it needs no interpreter of its own, and
 * no permission to be executed. */
static int place_text(struct closure_walk *walk, struct node *from,
		      const char *path, const char *reason, struct diag *diag)
{
	bool new = !tree_resolve(walk->closure->placer->view.tree, path);
	struct node *node;
	int r = closure_place(walk->closure, path, from, reason, &node, diag);

	if (r == 0 && new)
		node->mode &= (mode_t)~0111;
	return r == 0 ? closure_walk_add(walk, node, path, false, diag) : r;
}

int closure_walk_place(struct closure_walk *walk, struct node *from,
		       const char *path, const char *reason, bool text,
		       struct diag *diag)
{
	struct closure_item item = *walk->act->item;
	struct node *node;

	item.node = from;
	return text ? place_text(walk, from, path, reason, diag)
		    : closure_need_file(walk->closure, &item, path, reason,
					&node, diag);
}

int closure_walk_read(const struct closure_walk *walk,
		      const struct walk_file *file, char **ret_text,
		      struct diag *diag)
{
	size_t length;

	return view_read(&walk->closure->placer->view, file->path,
			 WALK_FILE_BYTES_MAX, ret_text, &length, diag);
}

int closure_walk_missing(const struct closure_walk *walk,
			 const struct walk_file *file, unsigned int number,
			 const char *what, const char *hint, struct diag *diag)
{
	CLEANUP_FREE char *text = format_text("%s (line %u)", what, number);

	return text ? closure_absent(walk->closure, file->node, text, hint,
				     diag)
		    : diag_oom(diag);
}

/* --- Scripts --- */

static int add_script(struct closure_walk *walk, struct node *node,
		      const char *path, bool main, struct diag *diag)
{
	CLEANUP_FREE char *parent = path_parent(path);
	int r = parent ? closure_walk_add(walk, node, path, main, diag)
		       : diag_oom(diag);

	return r == 0 ? closure_walk_directory(walk, &walk->own, parent, diag)
		      : r;
}

/* Those that the kernel would run with it. */
static int scripts_by_line(struct closure_walk *walk, struct diag *diag)
{
	struct closure *closure = walk->closure;
	int r = 0;

	while (r == 0 && walk->scripts < closure->script_count) {
		const struct closure_script *script =
			&closure->scripts[walk->scripts++];
		CLEANUP_FREE char *path = NULL;

		if (!rule_names(walk->act->rule->adds,
				path_name(script->interpreter)))
			continue;
		path = node_path(script->node);
		r = path ? add_script(walk, script->node, path, true, diag)
			 : diag_oom(diag);
	}
	return r;
}

/* `run /usr/bin/python3 -u /srv/app.py` */
static int script_of_program(struct closure_walk *walk,
			     const struct recipe_program *program,
			     struct diag *diag)
{
	const char *workdir = walk->closure->recipe->config.workdir;
	struct closure_item item = *walk->act->item;

	if (!rule_names(walk->act->rule->adds,
			path_name(program->arguments[0])))
		return 0;
	for (char *const *word = program->arguments + 1; *word; word++) {
		CLEANUP_FREE char *path = NULL;
		struct node *node;
		bool there;
		int r;

		if ((*word)[0] == '-' || (*word)[0] == '\0')
			continue;
		path = path_join(workdir ? workdir : "/", *word);
		r = path ? closure_walk_has(walk, path, &there, diag)
			 : diag_oom(diag);
		if (r == 0 && there)
			r = closure_need_file(walk->closure, &item, path,
					      "what it is given to run", &node,
					      diag);
		if (r < 0)
			return r;
		if (there)
			return add_script(walk, node, path, true, diag);
	}
	return 0;
}

static bool is_systems(const struct closure_walk *walk, const char *path)
{
	for (size_t i = 0; walk->directories && walk->directories[i]; i++) {
		if (path_within(path, walk->directories[i]))
			return true;
	}
	return false;
}

/* What a server may take in by a name that only it knows. */
static int scripts_by_name(struct closure_walk *walk, const char *patterns,
			   struct diag *diag)
{
	struct closure *closure = walk->closure;
	int r = 0;

	while (r == 0 && walk->items < closure->item_count) {
		const struct closure_item *item = closure->items[walk->items++];
		CLEANUP_FREE char *path = NULL;

		if (!item->from_recipe || !S_ISREG(item->node->mode) ||
		    !rule_names(patterns, item->node->name))
			continue;
		path = node_path(item->node);
		if (!path)
			return diag_oom(diag);
		if (!is_systems(walk, path))
			r = add_script(walk, item->node, path, false, diag);
	}
	return r;
}

int closure_walk_scripts(struct closure_walk *walk, const char *patterns,
			 struct diag *diag)
{
	struct recipe_program program;
	int r = scripts_by_line(walk, diag);

	for (size_t i = 0;
	     r == 0 && recipe_program(walk->closure->recipe, i, &program); i++)
		r = script_of_program(walk, &program, diag);
	if (r == 0)
		r = scripts_by_name(walk, patterns, diag);
	return r;
}

int closure_walk_program(const struct closure_walk *walk, char **ret_bytes,
			 size_t *ret_length, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(walk->act->item->node);

	return path ? view_read(&walk->closure->placer->view, path,
				PROGRAM_BYTES_MAX, ret_bytes, ret_length, diag)
		    : diag_oom(diag);
}
