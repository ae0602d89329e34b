/* What the environment of the service names: locales, a time zone, a
 * terminal. */
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/environment_names.h"
#include "pack/format.h"

#include <errno.h>
#include <string.h>

#define LOCALES "/usr/lib/locale"

enum { ARCHIVE_BYTES_MAX = 256 << 20 };

/* --- Locales --- */

/* Locales that localedef(1) has put into one file. */
static int from_archive(struct closure *closure, const struct closure_act *act,
			const char *name, bool *ret_there, struct diag *diag)
{
	CLEANUP_FREE char *bytes = NULL;
	size_t length;
	int r = view_read(&closure->placer->view, LOCALES "/locale-archive",
			  ARCHIVE_BYTES_MAX, &bytes, &length, diag);

	*ret_there = false;
	if (r == -EFBIG)
		diag_done(diag);
	if (r == -ENOENT || r == -EFBIG)
		return 0;
	if (r < 0 || !memmem(bytes, length, name, strlen(name) + 1))
		return r;
	return closure_add_file(closure, act, LOCALES "/locale-archive",
				ret_there, diag);
}

static int add_locale(struct closure *closure, const struct closure_act *act,
		      const char *name, const char *said, struct diag *diag)
{
	CLEANUP_FREE char *pattern = NULL;
	size_t count = 0;
	bool there = false;
	int r;

	pattern = format_text(LOCALES "/%s/**", name);
	if (!pattern)
		return diag_oom(diag);
	if (!strpbrk(name, "*?[ $"))
		r = closure_add_files(closure, act, pattern, &count, diag);
	else
		r = 0;
	if (r == 0 && count == 0)
		r = from_archive(closure, act, name, &there, diag);
	if (r == 0 && count == 0 && !there)
		placer_warn(closure->placer,
			    "the environment names the locale %s, which is "
			    "not there: add `with language=%s`",
			    said, said);
	return r;
}

/* A locale needs the conversions of its character set, UTF-8 none. */
static int one_locale(struct closure *closure, const struct closure_act *act,
		      const char *value, struct diag *diag)
{
	CLEANUP_FREE char *name = NULL;
	CLEANUP_FREE char *charset = NULL;
	int r = environment_locale(value, &name);

	if (r > 0)
		r = add_locale(closure, act, name, value, diag);
	else if (r < 0)
		return diag_oom(diag);
	if (r == 0 && environment_charset(value, &charset) < 0)
		return diag_oom(diag);
	if (r == 0 && charset)
		r = closure_charsets_of(closure, act, charset, diag);
	return r;
}

int closure_locale(struct closure *closure, const struct closure_act *act,
		   struct diag *diag)
{
	const char *words = act->rule->adds, *word;
	char **seen = NULL;
	size_t length;
	int r = 0;

	while (r == 0 && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *variable = strndup(word, length);
		const char *value = NULL;
		bool again = false;

		if (!variable) {
			r = diag_oom(diag);
			break;
		}
		value = closure_environment(closure->recipe, variable);
		for (size_t i = 0; value && seen && seen[i]; i++)
			again = again || strcmp(seen[i], value) == 0;
		if (!value || again)
			continue;
		r = one_locale(closure, act, value, diag);
		if (r == 0 && strv_append(&seen, value) < 0)
			r = diag_oom(diag);
	}
	strv_free(seen);
	return r;
}

/* --- A time zone --- */

int closure_time_zone(struct closure *closure, const struct closure_act *act,
		      struct diag *diag)
{
	const char *value =
		closure_environment(closure->recipe, act->rule->adds);
	CLEANUP_FREE char *path = NULL;
	bool there;
	int r = value ? environment_time_zone(value, &path) : 0;

	if (r <= 0)
		return r < 0 ? diag_oom(diag) : 0;
	r = closure_add_file(closure, act, path, &there, diag);
	/* Without its file UTC is still UTC. */
	if (r == 0 && !there && strchr(value, '/'))
		placer_warn(closure->placer,
			    "TZ names %s, which is not there: add `fetch "
			    "tzdata`, or `with timezone`",
			    path);
	return r;
}

/* --- A terminal --- */

static int add_terminal(struct closure *closure, const struct closure_act *act,
			const char *name, bool *ret_there, struct diag *diag)
{
	static const char *const directories[] = { "/etc/terminfo",
						   "/lib/terminfo",
						   "/usr/share/terminfo" };
	int r = 0;

	*ret_there = false;
	for (size_t i = 0; r == 0 && !*ret_there && i < ARRAY_SIZE(directories);
	     i++) {
		CLEANUP_FREE char *path =
			format_text("%s/%c/%s", directories[i], name[0], name);

		r = path ? closure_add_file(closure, act, path, ret_there, diag)
			 : diag_oom(diag);
	}
	return r;
}

int closure_terminal(struct closure *closure, const struct closure_act *act,
		     struct diag *diag)
{
	const char *words = act->rule->adds;
	size_t length;
	const char *word = rule_next_word(&words, &length);
	CLEANUP_FREE char *variable = strndup(word, length);
	const char *value;
	bool there;
	int r = 0;

	if (!variable)
		return diag_oom(diag);
	value = closure_environment(closure->recipe, variable);
	if (value && environment_is_terminal(value)) {
		r = add_terminal(closure, act, value, &there, diag);
		if (r == 0 && !there)
			placer_warn(closure->placer,
				    "%s names the terminal %s, which is not "
				    "there: add `fetch ncurses-base`, or "
				    "ncurses-term",
				    variable, value);
		return r;
	}
	while (r == 0 && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *name = strndup(word, length);

		r = name ? add_terminal(closure, act, name, &there, diag)
			 : diag_oom(diag);
	}
	return r;
}
