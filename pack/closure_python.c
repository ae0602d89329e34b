/*
 * Python: the modules that its scripts import, and what those import in turn,
 * as the interpreter will look for them (site.py, importlib's PathFinder).
 */
#include "pack/closure_python.h"
#include "lib/path.h"
#include "pack/format.h"
#include "pack/python_imports.h"
#include "pack/python_modules.h"

#include <errno.h>
#include <string.h>

/* Who imports what. */
struct request {
	const struct walk_file *file; /* NULL: the interpreter itself */
	unsigned int number;
	bool optional;
};

static int take_absolute(struct python *python, const struct request *request,
			 const char *module, const char *name,
			 struct diag *diag);

/* --- Modules --- */

static int place_found(struct python *python, const struct request *request,
		       const struct python_found *found, struct diag *diag)
{
	CLEANUP_FREE char *from = NULL;
	CLEANUP_FREE char *reason = NULL;
	struct node *node = request->file ? request->file->node
					  : python->walk->act->item->node;

	if (!found->file)
		return 0;
	from = node_path(node);
	reason = request->file
			 ? format_text("imported by %s:%u", from,
				       request->number)
			 : format_text("imported by %s when it starts", from);
	if (!from || !reason)
		return diag_oom(diag);
	return closure_walk_place(python->walk, node, found->file, reason,
				  found->text, diag);
}

/*
 * Place "a.b.c", beneath a directory or over the whole path (NULL), with the
 * packages on the way. 1: it is there, and *ret_directory is that of the
 * package, if it is one. 0: it is not.
 */
static int take_module(struct python *python, const struct request *request,
		       const char *base, const char *module,
		       char **ret_directory, struct diag *diag)
{
	CLEANUP_FREE char *directory = base ? strdup(base) : NULL;

	if (base && !directory)
		return diag_oom(diag);
	while (*module) {
		CLEANUP_PYTHON_FOUND struct python_found found = { 0 };
		size_t length = strcspn(module, ".");
		CLEANUP_FREE char *name = strndup(module, length);
		int r;

		if (!name)
			return diag_oom(diag);
		r = directory ? python_find_in(python, directory, name, &found,
					       diag)
			      : python_find(python, name, &found, diag);
		if (r >= 0 && !found.file && !found.directory)
			return 0;
		if (r >= 0)
			r = place_found(python, request, &found, diag);
		if (r < 0)
			return r;
		module += length + (module[length] == '.');
		free(directory);
		directory = steal_ptr(&found.directory);
		if (*module && !directory)
			return 0;
	}
	*ret_directory = steal_ptr(&directory);
	return 1;
}

/* What goes with a module unsaid. */
static int take_implied(struct python *python, const struct request *request,
			const char *module, struct diag *diag)
{
	const char *words = python_implied(module), *word;
	const struct request unsaid = { request->file, request->number, true };
	size_t length;
	int r = 0;

	while (r == 0 && words && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *name = strndup(word, length);
		CLEANUP_FREE char *path = NULL;
		size_t count;

		if (!name)
			return diag_oom(diag);
		if (!path_has_pattern(name) && name[0] != '/') {
			r = take_absolute(python, &unsaid, name, NULL, diag);
			continue;
		}
		path = path_join(python->library, name);
		r = path ? closure_add_files(python->walk->closure,
					     python->walk->act, path, &count,
					     diag)
			 : diag_oom(diag);
	}
	return r;
}

static int missing(struct python *python, const struct request *request,
		   const char *module, struct diag *diag)
{
	const struct walk_file *file = request->file;
	CLEANUP_FREE char *what = NULL;

	if (!file || request->optional || python_is_built_in(python, module) ||
	    (file->node->because && path_within(file->path, python->library)))
		return 0;
	what = format_text("the module %s", module);
	if (!what)
		return diag_oom(diag);
	return closure_walk_missing(python->walk, file, request->number, what,
				    "add `fetch PACKAGE` with the package that "
				    "holds it, or copy it",
				    diag);
}

/* The name behind `import` may be a module of the package, or a mere name. */
static int take_name(struct python *python, const struct request *request,
		     const char *directory, const char *name, struct diag *diag)
{
	CLEANUP_FREE char *unused = NULL;
	int r;

	if (!directory || !name || strcmp(name, "*") == 0)
		return 0;
	r = take_module(python, request, directory, name, &unused, diag);
	return r < 0 ? r : 0;
}

static int take_absolute(struct python *python, const struct request *request,
			 const char *module, const char *name,
			 struct diag *diag)
{
	CLEANUP_FREE char *key = format_text("%s %s", module, name ? name : "");
	CLEANUP_FREE char *directory = NULL;
	bool new;
	int r = key ? closure_walk_new(python->walk, key, &new, diag)
		    : diag_oom(diag);

	if (r < 0 || !new)
		return r;
	r = take_module(python, request, NULL, module, &directory, diag);
	if (r == 0)
		r = missing(python, request, module, diag);
	else if (r > 0)
		r = take_name(python, request, directory, name, diag);
	return r < 0 ? r : take_implied(python, request, module, diag);
}

/* `from ..a import b`: so many directories up. */
static int take_relative(struct python *python, const struct request *request,
			 const struct python_import *import, struct diag *diag)
{
	CLEANUP_FREE char *base = path_parent(request->file->path);
	CLEANUP_FREE char *directory = NULL;
	int r;

	for (unsigned int i = 1; base && i < import->level; i++) {
		char *up = path_parent(base);

		free(base);
		base = up;
	}
	if (!base)
		return diag_oom(diag);
	r = take_module(python, request, base, import->module, &directory,
			diag);
	return r > 0 ? take_name(python, request, directory, import->name, diag)
		     : r;
}

/* --- Texts --- */

static int take_import(struct python *python, const struct walk_file *file,
		       const struct python_import *import, struct diag *diag)
{
	bool lazy = import->lazy || import->optional;
	const struct request request = { file, import->number, lazy };

	if (import->level)
		return take_relative(python, &request, import, diag);
	if (lazy && file->node->because &&
	    python_is_for_development(import->module))
		return 0;
	return take_absolute(python, &request, import->module, import->name,
			     diag);
}

static int look_through(struct python *python, size_t index, struct diag *diag)
{
	CLEANUP_PYTHON struct python_imports imports = PYTHON_IMPORTS_INIT;
	const struct walk_file file = python->walk->files[index];
	CLEANUP_FREE char *text = NULL;
	int r = closure_walk_read(python->walk, &file, &text, diag);

	if (r == 0)
		r = python_imports_parse(text, file.main, &imports, diag);
	for (size_t i = 0; r == 0 && i < imports.count; i++)
		r = take_import(python, &file, &imports.imports[i], diag);
	if (r == 0 && strstr(text, "strptime")) {
		const struct request request = { &file, 0, true };

		r = take_absolute(python, &request, "_strptime", NULL, diag);
	}
	if (r == 0 && imports.computed && !file.node->because)
		placer_warn(python->walk->closure->placer,
			    "%s:%u imports a module whose name it computes: "
			    "what that needs is to be copied by name",
			    file.path, imports.computed);
	return r;
}

/* --- What it starts with --- */

static int start(struct python *python, struct diag *diag)
{
	const struct request request = { .optional = true };
	const char *words = python_startup(), *word;
	size_t length;
	int r = python_directories(python, diag);

	while (r == 0 && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *module = strndup(word, length);

		r = module ? take_absolute(python, &request, module, NULL, diag)
			   : diag_oom(diag);
	}
	return r;
}

/* `python3 -m MODULE`: the module, or what is called __main__ in it. */
static int modules_of_programs(struct python *python, struct diag *diag)
{
	struct closure_walk *walk = python->walk;
	const struct request request = { .optional = true };
	struct recipe_program program;
	int r = 0;

	for (size_t i = 0;
	     r == 0 && recipe_program(walk->closure->recipe, i, &program);
	     i++) {
		char *const *word = program.arguments;

		if (!rule_names(walk->act->rule->adds, path_name(word[0])))
			continue;
		while (*word && strcmp(*word, "-m") != 0)
			word++;
		if (*word && word[1])
			r = take_absolute(python, &request, word[1], "__main__",
					  diag);
	}
	return r;
}

static int work(struct python *python, bool begin, struct diag *diag)
{
	struct closure_walk *walk = python->walk;
	int r = begin ? start(python, diag) : 0;

	if (r == 0)
		r = python_environments(python, diag);
	if (r == 0)
		r = closure_walk_scripts(walk, "*.py *.wsgi", diag);
	if (r == 0)
		r = modules_of_programs(python, diag);
	while (r == 0 && walk->done < walk->count)
		r = look_through(python, walk->done++, diag);
	return r;
}

int closure_python(struct closure_walk *walk, bool begin, struct diag *diag)
{
	struct python python = { .walk = walk };
	int r = python_look_at(&python, diag);

	if (r == 0) {
		r = work(&python, begin, diag);
	} else if (r == -ENOENT) {
		r = 0;
		if (begin)
			placer_warn(walk->closure->placer,
				    "%s: its modules are not there: add `fetch "
				    "PACKAGE` with the package that holds "
				    "them, such as libpython3-stdlib",
				    walk->act->item->node->name);
	}
	free(python.version);
	free(python.library);
	free(python.extension);
	free(python.bytes);
	return r;
}
