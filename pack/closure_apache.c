/*
 * What Apache loads: its main configuration file is followed through its
 * Include lines, in the tree alone, as the server will.
 */
#include "lib/path.h"
#include "pack/apache_config.h"
#include "pack/closure_internal.h"
#include "pack/format.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	APACHE_BYTES_MAX = 4 << 20,
	APACHE_FILES_MAX = 4096,
	APACHE_DEPTH_MAX = 128, /* of includes; httpd's own limit */
};

struct apache {
	struct closure *closure;
	struct view tree; /* what is not in the tree cannot be read */
	char *server_root;
	char **defines; /* NAME=VALUE */
	unsigned int files;
};

static void apache_done(struct apache *apache)
{
	free(apache->server_root);
	strv_free(apache->defines);
}

static const char *find_value(char *const *list, const char *name,
			      size_t length)
{
	for (size_t i = 0; list && list[i]; i++) {
		if (strncmp(list[i], name, length) == 0 &&
		    list[i][length] == '=')
			return list[i] + length + 1;
	}
	return NULL;
}

/* A Define goes before the environment. */
static const char *variable_value(void *context, const char *name,
				  size_t length)
{
	const struct apache *apache = context;
	const char *value = find_value(apache->defines, name, length);

	return value ? value
		     : find_value(apache->closure->recipe->config.environment,
				  name, length);
}

static int read_file_of(struct apache *apache, const char *path,
			unsigned int depth, struct diag *diag);

/* A path as Apache means it: from the server root, variables replaced. */
static int whole_path(struct apache *apache, const char *text, char **ret_path,
		      struct diag *diag)
{
	CLEANUP_FREE char *expanded = NULL;
	int r = apache_config_expand(text, variable_value, apache, &expanded,
				     diag);

	if (r < 0)
		return r;
	*ret_path = path_join(apache->server_root, expanded);
	return *ret_path ? 0 : diag_oom(diag);
}

static int missing(struct apache *apache, struct node *file,
		   const struct apache_line *line, const char *word,
		   const char *path, const char *hint, struct diag *diag)
{
	CLEANUP_FREE char *what = NULL;

	if (line->conditional) {
		placer_warn(apache->closure->placer,
			    "%s:%u: %s %s is not there, should the section "
			    "that it is in ever count",
			    file->name, line->number, word, path);
		return 0;
	}
	what = format_text("%s (line %u: %s)", path, line->number, word);
	if (!what)
		return diag_oom(diag);
	return closure_missing(apache->closure, file, what, NULL, hint, diag);
}

static int load_module(struct apache *apache, const struct closure_item *from,
		       const struct apache_line *line, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_FREE char *reason = NULL;
	CLEANUP_FREE char *file = node_path(from->node);
	struct node *node;
	int r = whole_path(apache, line->second, &path, diag);

	if (r < 0)
		return r;
	reason = format_text("LoadModule %s in %s:%u", line->first, file,
			     line->number);
	if (!file || !reason)
		return diag_oom(diag);
	r = closure_need_file(apache->closure, from, path, reason, &node, diag);
	if (r == -ENOENT)
		r = missing(apache, from->node, line, "LoadModule", path,
			    "add `fetch PACKAGE` with the package that holds "
			    "the module",
			    diag);
	return r;
}

/* Everything beneath an included directory. */
static int include_directory(struct apache *apache, const char *path,
			     unsigned int depth, struct diag *diag)
{
	const struct node *directory = tree_resolve(apache->tree.tree, path);
	int r = 0;

	for (size_t i = 0; r == 0 && i < directory->child_count; i++) {
		CLEANUP_FREE char *child =
			path_join(path, directory->children[i]->name);

		r = child ? read_file_of(apache, child, depth + 1, diag)
			  : diag_oom(diag);
		if (r > 0) /* a link that leads nowhere */
			r = 0;
	}
	return r;
}

static int include(struct apache *apache, const struct closure_item *from,
		   const struct apache_line *line, unsigned int depth,
		   struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	char **matches = NULL;
	size_t found = 0;
	int r = whole_path(apache, line->first, &path, diag);

	if (r == 0 && path_has_pattern(path))
		r = view_match(&apache->tree, path, &matches, diag);
	else if (r == 0 && strv_append(&matches, path) < 0)
		r = diag_oom(diag);
	for (size_t i = 0; r == 0 && matches && matches[i]; i++) {
		r = read_file_of(apache, matches[i], depth + 1, diag);
		found += r == 0;
		if (r > 0)
			r = 0;
	}
	strv_free(matches);
	if (r == 0 && found == 0 && line->word == APACHE_INCLUDE)
		r = missing(apache, from->node, line, "Include", path,
			    "copy it, or use IncludeOptional", diag);
	return r;
}

static int define(struct apache *apache, const struct apache_line *line,
		  struct diag *diag)
{
	CLEANUP_FREE char *value = NULL;
	CLEANUP_FREE char *define = NULL;
	int r = apache_config_expand(line->second, variable_value, apache,
				     &value, diag);

	if (r < 0)
		return r;
	define = format_text("%s=%s", line->first, value);
	if (!define || strv_append(&apache->defines, define) < 0)
		return diag_oom(diag);
	return 0;
}

static int server_root(struct apache *apache, const struct apache_line *line,
		       struct diag *diag)
{
	char *root;
	int r = whole_path(apache, line->first, &root, diag);

	if (r < 0)
		return r;
	free(apache->server_root);
	apache->server_root = root;
	return 0;
}

static int do_line(struct apache *apache, const struct closure_item *from,
		   const struct apache_line *line, unsigned int depth,
		   struct diag *diag)
{
	switch (line->word) {
	case APACHE_SERVER_ROOT:
		return server_root(apache, line, diag);
	case APACHE_DEFINE:
		return define(apache, line, diag);
	case APACHE_INCLUDE:
	case APACHE_INCLUDE_OPTIONAL:
		return include(apache, from, line, depth, diag);
	case APACHE_LOAD_MODULE:
		return load_module(apache, from, line, diag);
	}
	return 0;
}

/* Read what a path in the tree leads to. 1: there is no such file. */
static int read_file_of(struct apache *apache, const char *path,
			unsigned int depth, struct diag *diag)
{
	CLEANUP_APACHE struct apache_config config = APACHE_CONFIG_INIT;
	CLEANUP_FREE char *text = NULL;
	struct closure_item from = { 0 };
	size_t length;
	int r;

	from.node = tree_resolve(apache->tree.tree, path);
	if (!from.node)
		return 1;
	if (depth > APACHE_DEPTH_MAX || ++apache->files > APACHE_FILES_MAX)
		return diag_set(diag, -EINVAL, "%s: too many includes", path);
	if (S_ISDIR(from.node->mode))
		return include_directory(apache, path, depth, diag);
	r = view_read(&apache->tree, path, APACHE_BYTES_MAX, &text, &length,
		      diag);
	if (r == 0)
		r = apache_config_parse(text, &config, diag);
	for (size_t i = 0; r == 0 && i < config.count; i++)
		r = do_line(apache, &from, &config.lines[i], depth, diag);
	return r;
}

/* The argument behind an option of a program, or NULL. */
static const char *option(char *const *argument, const char *name)
{
	for (; argument[0] && argument[1]; argument++) {
		if (strcmp(argument[0], name) == 0)
			return argument[1];
	}
	return NULL;
}

/* How the server that reads this file is run: the one that names it, or that
 * has a server's name, or else the first program. */
static bool server(const struct recipe *recipe, const char *path,
		   struct recipe_program *ret_program, bool *ret_names_it)
{
	struct recipe_program program;

	*ret_names_it = false;
	for (size_t i = 0; recipe_program(recipe, i, &program); i++) {
		const char *file = option(program.arguments, "-f");

		if (!file || strcmp(file, path) != 0)
			continue;
		*ret_program = program;
		*ret_names_it = true;
		return true;
	}
	for (size_t i = 0; recipe_program(recipe, i, &program); i++) {
		const char *name = path_name(program.arguments[0]);

		if (strcmp(name, "apache2") != 0 && strcmp(name, "httpd") != 0)
			continue;
		*ret_program = program;
		return true;
	}
	return recipe_program(recipe, 0, ret_program);
}

/* `apache2 -d DIRECTORY`, or else where the file lies. */
static int default_root(const struct recipe_program *program, const char *path,
			char **ret_root, struct diag *diag)
{
	const char *directory = option(program->arguments, "-d");

	*ret_root = directory ? path_normalize(directory) : path_parent(path);
	return *ret_root ? 0 : diag_oom(diag);
}

int closure_apache(struct closure *closure, const struct closure_item *item,
		   struct diag *diag)
{
	struct apache apache = {
		.closure = closure,
		.tree = { .tree = closure->placer->view.tree },
	};
	CLEANUP_FREE char *path = node_path(item->node);
	struct recipe_program program;
	bool named;
	int r;

	if (!path)
		return diag_oom(diag);
	if (!server(closure->recipe, path, &program, &named) ||
	    (!named && strcmp(item->node->name, "apache2.conf") != 0 &&
	     strcmp(item->node->name, "httpd.conf") != 0))
		return 0;
	r = default_root(&program, path, &apache.server_root, diag);
	if (r == 0)
		r = read_file_of(&apache, path, 0, diag);
	apache_done(&apache);
	return r;
}
