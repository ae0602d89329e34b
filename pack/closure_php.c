/*
 * PHP: its settings, the extensions that those name, and the files that its
 * scripts include. Where settings and extensions are is a part of the
 * interpreter's text (main/build-defs.h).
 */
#include "lib/path.h"
#include "pack/closure_walk.h"
#include "pack/format.h"
#include "pack/ini.h"
#include "pack/php_includes.h"
#include "pack/program_text.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

struct php {
	struct closure_walk *walk;
	char **paths;	  /* of the interpreter's text */
	char *extensions; /* the directory of them, or NULL */
};

/* The first path of the interpreter's text that matches, or NULL. */
static const char *built_path(const struct php *php, const char *pattern)
{
	for (size_t i = 0; php->paths && php->paths[i]; i++) {
		if (fnmatch(pattern, php->paths[i], 0) == 0)
			return php->paths[i];
	}
	return NULL;
}

/* --- Settings --- */

static int add_extension(struct php *php, struct node *file,
			 const struct ini_entry *entry, struct diag *diag)
{
	CLEANUP_FREE char *from = node_path(file);
	CLEANUP_FREE char *reason = NULL;
	CLEANUP_FREE char *path = NULL;
	const char *name = entry->value;
	size_t length = strlen(name);
	bool suffix = length > 3 && strcmp(name + length - 3, ".so") == 0;
	bool there;
	int r;

	reason = format_text("extension of PHP, named in %s:%u", from,
			     entry->number);
	if (name[0] == '/')
		path = path_normalize(name);
	else if (php->extensions)
		path = format_text("%s/%s%s", php->extensions, name,
				   suffix ? "" : ".so");
	else
		return 0;
	if (!from || !reason || !path)
		return diag_oom(diag);
	r = closure_walk_has(php->walk, path, &there, diag);
	if (r < 0)
		return r;
	if (there)
		return closure_walk_place(php->walk, file, path, reason, false,
					  diag);
	return closure_absent(php->walk->closure, file, path,
			      "add `fetch PACKAGE` with the package that holds "
			      "the extension",
			      diag);
}

/* A zone of the system's, which Debian's PHP reads. */
static int add_zone(struct php *php, const char *zone, struct diag *diag)
{
	CLEANUP_FREE char *path = path_join("/usr/share/zoneinfo", zone);
	bool there;

	return path ? closure_add_file(php->walk->closure, php->walk->act, path,
				       &there, diag)
		    : diag_oom(diag);
}

static int take_setting(struct php *php, struct node *file,
			const struct ini_entry *entry, struct diag *diag)
{
	if (entry->value[0] == '\0')
		return 0;
	if (strcmp(entry->key, "extension") == 0 ||
	    strcmp(entry->key, "zend_extension") == 0)
		return add_extension(php, file, entry, diag);
	if (strcmp(entry->key, "date.timezone") == 0)
		return add_zone(php, entry->value, diag);
	if (strcmp(entry->key, "extension_dir") == 0 &&
	    entry->value[0] == '/') {
		char *path = path_normalize(entry->value);

		if (!path)
			return diag_oom(diag);
		free(php->extensions);
		php->extensions = path;
	}
	return 0;
}

static int read_settings(struct php *php, const char *path, struct diag *diag)
{
	struct closure_walk *walk = php->walk;
	const struct view *view = &walk->closure->placer->view;
	CLEANUP_INI struct ini ini = INI_INIT;
	CLEANUP_FREE char *text = NULL;
	struct node *file;
	size_t length;
	bool there;
	int r = closure_walk_has(walk, path, &there, diag);

	if (r < 0 || !there)
		return r;
	r = closure_need_file(walk->closure, walk->act->item, path,
			      "settings of PHP", &file, diag);
	if (r == 0)
		r = view_read(view, path, WALK_FILE_BYTES_MAX, &text, &length,
			      diag);
	if (r == 0)
		r = ini_parse(text, &ini, diag);
	for (size_t i = 0; r == 0 && i < ini.count; i++)
		r = take_setting(php, file, &ini.entries[i], diag);
	return r;
}

/* php.ini, where it is built to look, and all of conf.d behind it. */
static int all_settings(struct php *php, struct diag *diag)
{
	const struct recipe *recipe = php->walk->closure->recipe;
	const char *scan = closure_environment(recipe, "PHP_INI_SCAN_DIR");
	const char *where = closure_environment(recipe, "PHPRC");
	CLEANUP_FREE char *main = NULL;
	CLEANUP_FREE char *pattern = NULL;
	char **files = NULL;
	int r = 0;

	if (!scan)
		scan = built_path(php, "*/conf.d");
	if (!where && scan)
		main = path_join(scan, "../php.ini");
	else if (where)
		main = path_join(where, "php.ini");
	pattern = scan ? path_join(scan, "*.ini") : NULL;
	if ((scan && !pattern) || ((where || scan) && !main))
		return diag_oom(diag);
	if (main)
		r = read_settings(php, main, diag);
	if (r == 0 && pattern)
		r = view_match(&php->walk->closure->placer->view, pattern,
			       &files, diag);
	for (size_t i = 0; r == 0 && files && files[i]; i++)
		r = read_settings(php, files[i], diag);
	strv_free(files);
	return r;
}

/* The last one is not a directory of extensions. */
static const char *const built[] = { "/*/php/2[0-9]*", "/*/no-debug-*",
				     "/*/extensions", "/*/php/modules",
				     "/*/conf.d" };

static int look_at_interpreter(struct php *php, struct diag *diag)
{
	CLEANUP_FREE char *bytes = NULL;
	const char *path = NULL;
	size_t length;
	int r = closure_walk_program(php->walk, &bytes, &length, diag);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(built); i++) {
		if (program_text_paths(bytes, length, built[i], &php->paths) <
		    0)
			r = diag_oom(diag);
	}
	for (size_t i = 0; r == 0 && !path && i < ARRAY_SIZE(built) - 1; i++)
		path = built_path(php, built[i]);
	if (path) {
		php->extensions = strdup(path);
		if (!php->extensions)
			return diag_oom(diag);
	}
	return r;
}

static int start(struct php *php, struct diag *diag)
{
	int r = look_at_interpreter(php, diag);

	if (r == 0)
		r = closure_walk_directory(php->walk, &php->walk->directories,
					   "/usr/share/php", diag);
	if (r == 0)
		r = add_zone(php, "UTC", diag);
	return r == 0 ? all_settings(php, diag) : r;
}

/* --- Scripts --- */

static int place(struct php *php, const struct walk_file *file,
		 const struct php_include *include, const char *path,
		 bool *ret_there, struct diag *diag)
{
	CLEANUP_FREE char *from = node_path(file->node);
	CLEANUP_FREE char *reason = NULL;
	int r = closure_walk_has(php->walk, path, ret_there, diag);

	if (r < 0 || !*ret_there)
		return r;
	reason = format_text("included by %s:%u", from, include->number);
	return from && reason ? closure_walk_place(php->walk, file->node, path,
						   reason, true, diag)
			      : diag_oom(diag);
}

/* From the file's directory, or else over include_path. */
static int take_include(struct php *php, const struct walk_file *file,
			const struct php_include *include, struct diag *diag)
{
	CLEANUP_FREE char *base = path_parent(file->path);
	CLEANUP_FREE char *path = NULL;
	bool there;
	int r;

	for (unsigned int i = 0; base && i < include->up; i++) {
		char *up = path_parent(base);

		free(base);
		base = up;
	}
	if (base && include->from_file) {
		CLEANUP_FREE char *joined =
			format_text("%s/%s", base, include->path);

		path = joined ? path_normalize(joined) : NULL;
	} else if (base) {
		path = path_join(base, include->path);
	}
	r = path ? place(php, file, include, path, &there, diag)
		 : diag_oom(diag);
	for (size_t i = 0; r == 0 && !there && !include->from_file &&
			   php->walk->directories && php->walk->directories[i];
	     i++) {
		CLEANUP_FREE char *shared =
			path_join(php->walk->directories[i], include->path);

		r = shared ? place(php, file, include, shared, &there, diag)
			   : diag_oom(diag);
	}
	if (r == 0 && !there && !include->optional && !file->node->because)
		placer_warn(php->walk->closure->placer,
			    "%s:%u requires %s, which is not there", file->path,
			    include->number, include->path);
	return r;
}

static int look_through(struct php *php, size_t index, struct diag *diag)
{
	CLEANUP_PHP struct php_includes includes = PHP_INCLUDES_INIT;
	const struct walk_file file = php->walk->files[index];
	CLEANUP_FREE char *text = NULL;
	int r = closure_walk_read(php->walk, &file, &text, diag);

	if (r == 0)
		r = php_includes_parse(text, &includes, diag);
	for (size_t i = 0; r == 0 && i < includes.count; i++)
		r = take_include(php, &file, &includes.includes[i], diag);
	if (r == 0 && includes.computed && !php->walk->scripts_warned) {
		php->walk->scripts_warned = true;
		placer_warn(php->walk->closure->placer,
			    "%s:%u, and perhaps others, includes a file whose "
			    "name it computes: what is not in the tree already "
			    "is to be copied by name",
			    file.path, includes.computed);
	}
	return r;
}

int closure_php(struct closure_walk *walk, bool begin, struct diag *diag)
{
	struct php php = { .walk = walk };
	int r = begin ? start(&php, diag) : 0;

	if (r == 0)
		r = closure_walk_scripts(walk, "*.php", diag);
	while (r == 0 && walk->done < walk->count)
		r = look_through(&php, walk->done++, diag);
	strv_free(php.paths);
	free(php.extensions);
	return r;
}
