/*
 * What nginx loads: its main configuration file is followed through its
 * include lines, in the tree alone, as the server will. Modules are sought
 * from the prefix that the server was built with, or that -p gives; includes
 * from where the main file lies.
 */
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/format.h"
#include "pack/nginx_config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	NGINX_BYTES_MAX = 4 << 20,
	NGINX_PROGRAM_BYTES_MAX = 64 << 20,
	NGINX_FILES_MAX = 4096,
	NGINX_DEPTH_MAX = 64, /* of includes */
};

struct nginx {
	struct closure *closure;
	struct view tree; /* what is not in the tree cannot be read */
	char *prefix, *directory;
	unsigned int files;
};

static int read_file_of(struct nginx *nginx, const char *path,
			unsigned int depth, struct diag *diag);

static int missing(struct nginx *nginx, const struct closure_item *from,
		   const struct nginx_line *line, const char *path,
		   struct diag *diag)
{
	CLEANUP_FREE char *what = NULL;

	what = format_text("%s (line %u: %s)", path, line->number,
			   line->load_module ? "load_module" : "include");
	if (!what)
		return diag_oom(diag);
	return closure_missing(nginx->closure, from->node, what, NULL,
			       line->load_module
				       ? "add `fetch PACKAGE` with the package "
					 "that holds the module"
				       : "copy it",
			       diag);
}

static int load_module(struct nginx *nginx, const struct closure_item *from,
		       const struct nginx_line *line, struct diag *diag)
{
	CLEANUP_FREE char *path = path_join(nginx->prefix, line->path);
	CLEANUP_FREE char *file = node_path(from->node);
	CLEANUP_FREE char *reason = NULL;
	struct node *node;
	int r;

	if (!path || !file)
		return diag_oom(diag);
	reason = format_text("load_module in %s:%u", file, line->number);
	if (!reason)
		return diag_oom(diag);
	r = closure_need_file(nginx->closure, from, path, reason, &node, diag);
	return r == -ENOENT ? missing(nginx, from, line, path, diag) : r;
}

static int include(struct nginx *nginx, const struct closure_item *from,
		   const struct nginx_line *line, unsigned int depth,
		   struct diag *diag)
{
	CLEANUP_FREE char *path = path_join(nginx->directory, line->path);
	char **matches = NULL;
	int r;

	if (!path)
		return diag_oom(diag);
	if (!path_has_pattern(path)) {
		r = read_file_of(nginx, path, depth + 1, diag);
		return r > 0 ? missing(nginx, from, line, path, diag) : r;
	}
	r = view_match(&nginx->tree, path, &matches, diag);
	for (size_t i = 0; r == 0 && matches && matches[i]; i++) {
		r = read_file_of(nginx, matches[i], depth + 1, diag);
		if (r > 0) /* a link that leads nowhere */
			r = 0;
	}
	strv_free(matches);
	return r;
}

/* Read what a path in the tree leads to. 1: there is no such file. */
static int read_file_of(struct nginx *nginx, const char *path,
			unsigned int depth, struct diag *diag)
{
	CLEANUP_NGINX struct nginx_config config = NGINX_CONFIG_INIT;
	CLEANUP_FREE char *text = NULL;
	struct closure_item from = { 0 };
	size_t length;
	int r;

	from.node = tree_resolve(nginx->tree.tree, path);
	if (!from.node || !S_ISREG(from.node->mode))
		return 1;
	if (depth > NGINX_DEPTH_MAX || ++nginx->files > NGINX_FILES_MAX)
		return diag_set(diag, -EINVAL, "%s: too many includes", path);
	r = view_read(&nginx->tree, path, NGINX_BYTES_MAX, &text, &length,
		      diag);
	if (r == 0)
		r = nginx_config_parse(text, &config, diag);
	for (size_t i = 0; r == 0 && i < config.count; i++) {
		const struct nginx_line *line = &config.lines[i];

		r = line->load_module
			    ? load_module(nginx, &from, line, diag)
			    : include(nginx, &from, line, depth, diag);
	}
	return r;
}

/* How the server is run, or NULL. */
static char *const *server(const struct recipe *recipe)
{
	struct recipe_program program;

	for (size_t i = 0; recipe_program(recipe, i, &program); i++) {
		if (strcmp(path_name(program.arguments[0]), "nginx") == 0)
			return program.arguments;
	}
	return NULL;
}

/* The argument behind an option of the server, or NULL. */
static const char *option(char *const *argument, const char *name)
{
	for (; argument[0] && argument[1]; argument++) {
		if (strcmp(argument[0], name) == 0)
			return argument[1];
	}
	return NULL;
}

/* `nginx -V` prints what it was configured with, which is in it as text. */
static int built_prefix(struct nginx *nginx, const char *program,
			struct diag *diag)
{
	static const char sign[] = " --prefix=";
	CLEANUP_FREE char *bytes = NULL;
	const char *found;
	size_t length;
	int r = view_read(&nginx->tree, program, NGINX_PROGRAM_BYTES_MAX,
			  &bytes, &length, diag);

	if (r < 0 && r != -ENOENT && r != -EFBIG)
		return r;
	if (r < 0)
		diag_done(diag);
	found = r == 0 ? memmem(bytes, length, sign, strlen(sign)) : NULL;
	if (found) {
		found += strlen(sign);
		nginx->prefix = strndup(found, strcspn(found, " '"));
	} else {
		nginx->prefix = strdup("/usr/local/nginx");
	}
	return nginx->prefix ? 0 : diag_oom(diag);
}

static bool is_main_file(char *const *arguments, const struct node *node,
			 const char *path)
{
	const char *named = option(arguments, "-c");

	return named ? strcmp(named, path) == 0
		     : strcmp(node->name, "nginx.conf") == 0;
}

int closure_nginx(struct closure *closure, const struct closure_item *item,
		  struct diag *diag)
{
	char *const *arguments = server(closure->recipe);
	struct nginx nginx = {
		.closure = closure,
		.tree = { .tree = closure->placer->view.tree },
	};
	CLEANUP_FREE char *path = node_path(item->node);
	const char *prefix;
	int r = 0;

	if (!path)
		return diag_oom(diag);
	if (!arguments || !is_main_file(arguments, item->node, path))
		return 0;
	prefix = option(arguments, "-p");
	nginx.directory = path_parent(path);
	if (prefix)
		nginx.prefix = path_normalize(prefix);
	else
		r = built_prefix(&nginx, arguments[0], diag);
	if (r == 0 && (!nginx.directory || !nginx.prefix))
		r = diag_oom(diag);
	if (r == 0)
		r = read_file_of(&nginx, path, 0, diag);
	free(nginx.prefix);
	free(nginx.directory);
	return r;
}
