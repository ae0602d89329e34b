/* Files that a rule names, by patterns and by what stands in for a part of
 * them. */
#include "lib/buf.h"
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/format.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* The directory in which an object's C library really is. */
static int c_library_directory(struct closure *closure,
			       const struct closure_item *item,
			       const struct elf *elf, char **ret_directory,
			       struct diag *diag)
{
	const struct library_user user = { .elf = elf,
					   .origin = item->origin,
					   .inherited = item->inherited,
					   .musl = item->musl };
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	int r = libraries_find(closure->libraries, &user, "libc.so.6", &found,
			       diag);

	if (r == 0)
		r = view_follow(&closure->placer->view, found.path, true,
				&trail, diag);
	if (r < 0)
		return r;
	*ret_directory = path_parent(view_trail_path(&trail));
	return *ret_directory ? 0 : diag_oom(diag);
}

/* What ${lib} means. */
static int library_directory(struct closure *closure,
			     const struct closure_act *act,
			     char **ret_directory, struct diag *diag)
{
	const struct elf program = { .identity = closure->program_identity };
	CLEANUP_FREE char *path = NULL;

	if (act->rule->trigger == RULE_IMPORTS)
		return c_library_directory(closure, act->item, act->elf,
					   ret_directory, diag);
	if (act->rule->trigger == RULE_FILE)
		return closure->program
			       ? c_library_directory(closure, closure->program,
						     &program, ret_directory,
						     diag)
			       : -ENOENT;
	path = node_path(act->item->node);
	*ret_directory = path ? path_parent(path) : NULL;
	return *ret_directory ? 0 : diag_oom(diag);
}

static int put_variable(struct closure *closure, const struct closure_act *act,
			const char *name, struct buf *text, struct diag *diag)
{
	CLEANUP_FREE char *directory = NULL;
	const char *value;
	int r;

	if (strcmp(name, "lib") == 0) {
		r = library_directory(closure, act, &directory, diag);
		if (r == 0)
			buf_puts(text, directory);
		return r;
	}
	value = closure_environment(closure->recipe, name);
	if (!value || path_has_pattern(value))
		return -ENOENT;
	buf_puts(text, value);
	return 0;
}

int closure_expand(struct closure *closure, const struct closure_act *act,
		   const char *text, size_t length, char **ret_text,
		   struct diag *diag)
{
	CLEANUP_BUF struct buf buf = BUF_INIT;
	const char *end = text + length;

	buf_puts(&buf, "");
	while (text < end) {
		const char *close = NULL;
		CLEANUP_FREE char *name = NULL;
		int r;

		if (end - text > 3 && strncmp(text, "${", 2) == 0)
			close = memchr(text, '}', (size_t)(end - text));
		if (!close) {
			buf_putc(&buf, *text++);
			continue;
		}
		name = strndup(text + 2, (size_t)(close - text) - 2);
		r = name ? put_variable(closure, act, name, &buf, diag)
			 : diag_oom(diag);
		if (r < 0)
			return r;
		text = close + 1;
	}
	*ret_text = buf_steal(&buf);
	return *ret_text ? 0 : diag_oom(diag);
}

int closure_add_file(struct closure *closure, const struct closure_act *act,
		     const char *path, bool *ret_there, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	struct node *node;
	int r = view_follow(&closure->placer->view, path, true, &trail, diag);

	*ret_there = r == 0 && S_ISREG(view_trail_mode(&trail));
	if (r < 0 || !*ret_there)
		return r == -ENOENT ? 0 : r;
	return closure_need_file(closure, act->item, path, act->reason, &node,
				 diag);
}

/* Only what lies beneath the part of a pattern that is fixed is looked
 * through; that part may lead over links. */
static int match(struct closure *closure, const char *pattern,
		 char ***ret_paths, struct diag *diag)
{
	CLEANUP_TRAIL struct view_trail trail = VIEW_TRAIL_INIT;
	CLEANUP_FREE char *fixed = path_fixed_prefix(pattern);
	CLEANUP_FREE char *real = NULL;
	const char *rest;
	int r;

	if (!fixed)
		return diag_oom(diag);
	r = view_follow(&closure->placer->view, fixed, true, &trail, diag);
	if (r < 0)
		return r;
	rest = pattern + strlen(fixed);
	real = format_text("%s/%s", view_trail_path(&trail),
			   rest + strspn(rest, "/"));
	return real ? view_match(&closure->placer->view, real, ret_paths, diag)
		    : diag_oom(diag);
}

static int add_pattern(struct closure *closure, const struct closure_act *act,
		       const char *pattern, size_t *count, struct diag *diag)
{
	char **paths = NULL;
	bool there;
	int r;

	if (!path_has_pattern(pattern)) {
		r = closure_add_file(closure, act, pattern, &there, diag);
		*count += r == 0 && there;
		return r;
	}
	r = match(closure, pattern, &paths, diag);
	for (size_t i = 0; r == 0 && paths && paths[i]; i++) {
		r = closure_add_file(closure, act, paths[i], &there, diag);
		*count += r == 0 && there;
	}
	strv_free(paths);
	return r == -ENOENT ? 0 : r;
}

int closure_add_files(struct closure *closure, const struct closure_act *act,
		      const char *patterns, size_t *ret_count,
		      struct diag *diag)
{
	const char *word;
	size_t length;
	int r = 0;

	*ret_count = 0;
	while (r == 0 && (word = rule_next_word(&patterns, &length))) {
		CLEANUP_FREE char *text = NULL;
		CLEANUP_FREE char *pattern = NULL;

		r = closure_expand(closure, act, word, length, &text, diag);
		if (r == -ENOENT) {
			r = 0;
			continue;
		}
		pattern = text ? path_normalize(text) : NULL;
		if (r == 0)
			r = pattern ? add_pattern(closure, act, pattern,
						  ret_count, diag)
				    : diag_oom(diag);
	}
	return r;
}
