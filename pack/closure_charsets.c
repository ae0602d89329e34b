/*
 * glibc's conversions between character sets. All of them together are 8 MB,
 * so that only those come along that are common, or that the environment
 * names.
 */
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/environment_names.h"
#include "pack/format.h"
#include "pack/gconv_modules.h"

#include <errno.h>
#include <string.h>

enum { TABLE_BYTES_MAX = 1 << 20 };

struct charsets {
	struct closure *closure;
	const struct closure_act *act;
	char *directory; /* gconv/ */
	char **tables;	 /* gconv-modules, gconv-modules.d/x.conf */
};

static int need(struct charsets *charsets, const char *path,
		const char *charset, struct diag *diag)
{
	CLEANUP_FREE char *reason =
		format_text("%s (%s)", charsets->act->reason, charset);
	struct closure_act act = *charsets->act;
	bool there;

	if (!reason)
		return diag_oom(diag);
	act.reason = reason;
	return closure_add_file(charsets->closure, &act, path, &there, diag);
}

static int modules_of_table(struct charsets *charsets, const char *table,
			    const char *charset, bool *ret_found,
			    struct diag *diag)
{
	CLEANUP_FREE char *text = NULL;
	char **files = NULL;
	size_t length;
	int r = view_read(&charsets->closure->placer->view, table,
			  TABLE_BYTES_MAX, &text, &length, diag);

	*ret_found = false;
	if (r == 0 && gconv_modules_find(text, charset, &files) < 0)
		r = diag_oom(diag);
	for (size_t i = 0; r == 0 && files && files[i]; i++) {
		CLEANUP_FREE char *path =
			format_text("%s/%s.so", charsets->directory, files[i]);

		r = path ? need(charsets, path, charset, diag) : diag_oom(diag);
		*ret_found = true;
	}
	if (r == 0 && *ret_found)
		r = need(charsets, table, charset, diag);
	strv_free(files);
	return r == -ENOENT ? 0 : r;
}

/* The first table that has it. */
static int one_charset(struct charsets *charsets, const char *charset,
		       struct diag *diag)
{
	bool found = false;
	int r = 0;

	for (size_t i = 0; r == 0 && !found && charsets->tables[i]; i++)
		r = modules_of_table(charsets, charsets->tables[i], charset,
				     &found, diag);
	return r;
}

static int all_charsets(struct charsets *charsets, const char *words,
			struct diag *diag)
{
	const char *word;
	size_t length;
	int r = 0;

	while (r == 0 && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *charset = strndup(word, length);

		r = charset ? one_charset(charsets, charset, diag)
			    : diag_oom(diag);
	}
	return r;
}

static int find_tables(struct charsets *charsets, struct diag *diag)
{
	CLEANUP_FREE char *pattern = NULL;
	CLEANUP_FREE char *table = NULL;
	char **more = NULL;
	int r = closure_expand(charsets->closure, charsets->act, "${lib}/gconv",
			       12, &charsets->directory, diag);

	if (r < 0)
		return r;
	table = path_join(charsets->directory, "gconv-modules");
	pattern = path_join(charsets->directory, "gconv-modules.d/*.conf");
	if (!table || !pattern || strv_append(&charsets->tables, table) < 0)
		return diag_oom(diag);
	r = view_match(&charsets->closure->placer->view, pattern, &more, diag);
	for (size_t i = 0; r == 0 && more && more[i]; i++) {
		if (strv_append(&charsets->tables, more[i]) < 0)
			r = diag_oom(diag);
	}
	strv_free(more);
	return r;
}

int closure_charsets_of(struct closure *closure, const struct closure_act *act,
			const char *words, struct diag *diag)
{
	struct charsets charsets = { .closure = closure, .act = act };
	int r = find_tables(&charsets, diag);

	if (r == 0)
		r = all_charsets(&charsets, words, diag);
	free(charsets.directory);
	strv_free(charsets.tables);
	return r == -ENOENT ? 0 : r;
}

int closure_charsets(struct closure *closure, const struct closure_act *act,
		     struct diag *diag)
{
	return closure_charsets_of(closure, act, act->rule->adds, diag);
}
