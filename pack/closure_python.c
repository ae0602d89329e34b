/*
 * Python: the modules that its scripts import, and what those import in turn,
 * as the interpreter will look for them (site.py, importlib's PathFinder).
 */
#include "lib/path.h"
#include "pack/closure_walk.h"
#include "pack/format.h"
#include "pack/program_text.h"
#include "pack/python_imports.h"
#include "pack/python_modules.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct python {
	struct closure_walk *walk;
	char *version;	 /* "3.11" */
	char *library;	 /* the directory of its own modules */
	char *extension; /* ".cpython-311-x86_64-linux-gnu.so", or NULL */
	char *bytes;	 /* the interpreter */
	size_t length;
};

/* Who imports what. */
struct request {
	const struct walk_file *file; /* NULL: the interpreter itself */
	unsigned int number;
	bool optional;
};

static int take_absolute(struct python *python, const struct request *request,
			 const char *module, const char *name,
			 struct diag *diag);

/* --- The interpreter --- */

/* "3.11" of "python3.11" and "libpython3.11.so.1.0". */
static char *version_of(const char *name)
{
	const char *version = strstr(name, "python3.");

	if (!version)
		return NULL;
	version += strlen("python");
	return strndup(version, 2 + strspn(version + 2, "0123456789"));
}

/* Upwards from where the interpreter is, as getpath.py does. */
static int find_library(struct python *python, struct diag *diag)
{
	CLEANUP_FREE char *directory = node_path(python->walk->act->item->node);

	while (directory && strcmp(directory, "/") != 0) {
		CLEANUP_FREE char *parent = path_parent(directory);
		CLEANUP_FREE char *library = NULL;
		CLEANUP_FREE char *landmark = NULL;
		bool there;
		int r;

		library = parent ? format_text("%s/lib/python%s",
					       parent[1] ? parent : "",
					       python->version)
				 : NULL;
		landmark = library ? path_join(library, "os.py") : NULL;
		if (!landmark)
			return diag_oom(diag);
		r = closure_walk_has(python->walk, landmark, &there, diag);
		if (r < 0)
			return r;
		if (there) {
			python->library = steal_ptr(&library);
			return 0;
		}
		free(directory);
		directory = steal_ptr(&parent);
	}
	return directory ? -ENOENT : diag_oom(diag);
}

static int look_at_interpreter(struct python *python, struct diag *diag)
{
	static const char sign[] = ".cpython-";
	const char *text;
	size_t length;
	int r;

	python->version = version_of(python->walk->act->item->node->name);
	if (!python->version)
		return -ENOENT;
	r = find_library(python, diag);
	if (r == 0)
		r = closure_walk_program(python->walk, &python->bytes,
					 &python->length, diag);
	if (r < 0)
		return r;
	length = program_text_behind(python->bytes, python->length, sign, "/",
				     &text);
	if (length)
		python->extension =
			format_text("%s%.*s", sign, (int)length, text);
	return length && !python->extension ? diag_oom(diag) : 0;
}

/* Modules that are a part of it: their names stand in a table. */
static bool is_built_in(const struct python *python, const char *module)
{
	size_t length = strlen(module);
	const char *at = python->bytes;
	const char *end = python->bytes + python->length;

	while ((at = memmem(at, (size_t)(end - at), module, length + 1))) {
		if (at > python->bytes && at[-1] == '\0')
			return true;
		at++;
	}
	return false;
}

/* --- Where modules are --- */

/* Lines of *.pth that are directories; lines that are code are left out. */
static int read_paths(struct python *python, const char *directory,
		      const char *file, struct diag *diag)
{
	const struct view *view = &python->walk->closure->placer->view;
	CLEANUP_FREE char *text = NULL;
	char *line, *rest = NULL;
	size_t length, before = strv_length(python->walk->directories);
	int r = view_read(view, file, WALK_FILE_BYTES_MAX, &text, &length,
			  diag);

	for (line = r == 0 ? strtok_r(text, "\r\n", &rest) : NULL;
	     r == 0 && line; line = strtok_r(NULL, "\r\n", &rest)) {
		CLEANUP_FREE char *path = NULL;

		if (*line == '#' || strncmp(line, "import", 6) == 0)
			continue;
		path = path_join(directory, line);
		r = path ? closure_walk_directory(python->walk,
						  &python->walk->directories,
						  path, diag)
			 : diag_oom(diag);
	}
	if (r == 0 && strv_length(python->walk->directories) > before)
		r = closure_walk_place(
			python->walk, python->walk->act->item->node, file,
			"directories of Python's modules", false, diag);
	return r == -ENOENT ? 0 : r;
}

static int add_site(struct python *python, const char *path, struct diag *diag)
{
	struct closure_walk *walk = python->walk;
	CLEANUP_FREE char *pattern = path_join(path, "*.pth");
	char **files = NULL;
	bool there;
	int r = view_is_directory(&walk->closure->placer->view, path, &there,
				  diag);

	if (r < 0 || !there)
		return r;
	r = closure_walk_directory(walk, &walk->directories, path, diag);
	if (r == 0)
		r = pattern ? view_match(&walk->closure->placer->view, pattern,
					 &files, diag)
			    : diag_oom(diag);
	for (size_t i = 0; r == 0 && files && files[i]; i++)
		r = read_paths(python, path, files[i], diag);
	strv_free(files);
	return r;
}

/* The order is that of sys.path. */
static int find_directories(struct python *python, struct diag *diag)
{
	static const char *const sites[] = {
		"/usr/local/lib/python%s/dist-packages",
		"/usr/lib/python3/dist-packages",
		"%s/site-packages",
		"%s/dist-packages",
	};
	struct closure_walk *walk = python->walk;
	CLEANUP_FREE char *dynamic = path_join(python->library, "lib-dynload");
	int r = dynamic ? closure_walk_directory(walk, &walk->directories,
						 python->library, diag)
			: diag_oom(diag);

	if (r == 0)
		r = closure_walk_directory(walk, &walk->directories, dynamic,
					   diag);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sites); i++) {
		const char *hole = strstr(sites[i], "%s");
		CLEANUP_FREE char *path = NULL;

		if (hole)
			path = format_text(
				"%.*s%s%s", (int)(hole - sites[i]), sites[i],
				i == 0 ? python->version : python->library,
				hole + 2);
		else
			path = strdup(sites[i]);
		r = path ? add_site(python, path, diag) : diag_oom(diag);
	}
	return r;
}

/* PYTHONPATH, and the directory that the service starts in. */
static int find_own_directories(struct python *python, struct diag *diag)
{
	struct closure_walk *walk = python->walk;
	const struct recipe *recipe = walk->closure->recipe;
	const char *path = closure_environment(recipe, "PYTHONPATH");
	const char *workdir = recipe->config.workdir;
	int r = 0;

	while (r == 0 && path && *path) {
		size_t length = strcspn(path, ":");
		CLEANUP_FREE char *word = strndup(path, length);
		CLEANUP_FREE char *directory = NULL;

		directory =
			word ? path_join(workdir ? workdir : "/", word) : NULL;
		r = directory ? closure_walk_directory(walk, &walk->own,
						       directory, diag)
			      : diag_oom(diag);
		path += length + (path[length] == ':');
	}
	if (r == 0 && workdir && strcmp(workdir, "/") != 0)
		r = closure_walk_directory(walk, &walk->own, workdir, diag);
	return r;
}

/* --- Modules --- */

/* Where one component of a name was found. */
struct found {
	char *file;	 /* to be placed, or NULL: a directory without one */
	char *directory; /* of a package, or NULL */
	bool text;
};

static void found_done(struct found *found)
{
	free(found->file);
	free(found->directory);
	*found = (struct found){ 0 };
}

#define CLEANUP_FOUND_MODULE CLEANUP(found_done)

/* 1: it is there, 0: it is not. */
static int try_file(struct python *python, const char *directory,
		    const char *name, const char *suffix, struct found *found,
		    struct diag *diag)
{
	CLEANUP_FREE char *path =
		format_text("%s/%s%s", directory, name, suffix);
	bool there;
	int r = path ? closure_walk_has(python->walk, path, &there, diag)
		     : diag_oom(diag);

	if (r < 0 || !there)
		return r;
	found->text = strcmp(suffix + strlen(suffix) - 3, ".py") == 0;
	found->file = steal_ptr(&path);
	return 1;
}

/* A package, an extension, a module, in the interpreter's order. */
static int find_in(struct python *python, const char *directory,
		   const char *name, struct found *found, struct diag *diag)
{
	const char *const suffixes[] = { "/__init__.py", python->extension,
					 ".abi3.so",	 ".so",
					 ".py",		 ".pyc" };
	CLEANUP_FREE char *path = path_join(directory, name);
	bool is_directory;
	int r = path ? view_is_directory(&python->walk->closure->placer->view,
					 path, &is_directory, diag)
		     : diag_oom(diag);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(suffixes); i++) {
		if (!suffixes[i] || (i == 0 && !is_directory))
			continue;
		r = try_file(python, directory, name, suffixes[i], found, diag);
		if (r > 0 && i == 0)
			found->directory = steal_ptr(&path);
	}
	/* Without an __init__ it is a part of a namespace, if nothing else
	 * has the name. */
	if (r == 0 && is_directory && !found->directory)
		found->directory = steal_ptr(&path);
	return r;
}

/* Over the whole path; what is only a directory stands back. */
static int find_first(struct python *python, const char *name,
		      struct found *found, struct diag *diag)
{
	char **const lists[] = { python->walk->own, python->walk->directories };
	int r = 0;

	for (size_t k = 0; r == 0 && k < ARRAY_SIZE(lists); k++) {
		for (size_t i = 0; r == 0 && lists[k] && lists[k][i]; i++) {
			CLEANUP_FOUND_MODULE struct found here = { 0 };

			r = find_in(python, lists[k][i], name, &here, diag);
			if (r > 0 || (r == 0 && !found->directory)) {
				found_done(found);
				*found = here;
				here = (struct found){ 0 };
			}
		}
	}
	return r;
}

static int place_found(struct python *python, const struct request *request,
		       const struct found *found, struct diag *diag)
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
		CLEANUP_FOUND_MODULE struct found found = { 0 };
		size_t length = strcspn(module, ".");
		CLEANUP_FREE char *name = strndup(module, length);
		int r;

		if (!name)
			return diag_oom(diag);
		r = directory ? find_in(python, directory, name, &found, diag)
			      : find_first(python, name, &found, diag);
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

	if (!file || request->optional || is_built_in(python, module) ||
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
	int r = find_own_directories(python, diag);

	if (r == 0)
		r = find_directories(python, diag);
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

/* A virtual environment is where the interpreter is called, by a link. */
static int environment_of(struct python *python, struct node *node,
			  const char *interpreter, struct diag *diag)
{
	CLEANUP_FREE char *bin = NULL;
	CLEANUP_FREE char *root = NULL;
	CLEANUP_FREE char *settings = NULL;
	CLEANUP_FREE char *site = NULL;
	bool there;
	int r;

	if (interpreter[0] != '/' ||
	    !rule_names(python->walk->act->rule->adds, path_name(interpreter)))
		return 0;
	bin = path_parent(interpreter);
	root = bin ? path_parent(bin) : NULL;
	settings = root ? path_join(root, "pyvenv.cfg") : NULL;
	site = root ? format_text("%s/lib/python%s/site-packages", root,
				  python->version)
		    : NULL;
	if (!settings || !site)
		return diag_oom(diag);
	r = closure_walk_has(python->walk, settings, &there, diag);
	if (r < 0 || !there)
		return r;
	r = closure_walk_place(python->walk, node, settings,
			       "virtual environment of Python", false, diag);
	return r == 0 ? add_site(python, site, diag) : r;
}

static int environments(struct python *python, struct diag *diag)
{
	const struct closure *closure = python->walk->closure;
	struct recipe_program program;
	int r = 0;

	for (size_t i = 0; r == 0 && i < closure->script_count; i++)
		r = environment_of(python, closure->scripts[i].node,
				   closure->scripts[i].interpreter, diag);
	for (size_t i = 0;
	     r == 0 && recipe_program(closure->recipe, i, &program); i++)
		r = environment_of(python, python->walk->act->item->node,
				   program.arguments[0], diag);
	return r;
}

static int work(struct python *python, bool begin, struct diag *diag)
{
	struct closure_walk *walk = python->walk;
	int r = begin ? start(python, diag) : 0;

	if (r == 0)
		r = environments(python, diag);
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
	int r = look_at_interpreter(&python, diag);

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
