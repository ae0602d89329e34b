/* Where Python looks for modules: site.py, getpath.py. */
#include "lib/path.h"
#include "pack/closure_python.h"
#include "pack/format.h"
#include "pack/program_text.h"

#include <errno.h>
#include <string.h>

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

int python_look_at(struct python *python, struct diag *diag)
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

bool python_is_built_in(const struct python *python, const char *module)
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

int python_directories(struct python *python, struct diag *diag)
{
	int r = find_own_directories(python, diag);

	return r == 0 ? find_directories(python, diag) : r;
}

/* --- Virtual environments --- */

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

int python_environments(struct python *python, struct diag *diag)
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
