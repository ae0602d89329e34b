#include "pack/trace_environment.h"

#include "lib/path.h"

#include <string.h>

static bool old_has(const struct trace_subject *subject, const char *name)
{
	char **strings = subject->old ? subject->old->config.environment : NULL;
	size_t length = strlen(name);

	for (; strings && *strings; strings++) {
		if (strncmp(*strings, name, length) == 0 &&
		    (*strings)[length] == '=')
			return true;
	}
	return false;
}

/* NULL if it is not set. */
static const char *value_of(const struct trace_subject *subject,
			    const char *name)
{
	size_t length = strlen(name);

	for (char *const *string = subject->environment; *string; string++) {
		if (strncmp(*string, name, length) == 0 &&
		    (*string)[length] == '=')
			return *string + length + 1;
	}
	return NULL;
}

static void draft_variable(struct draft *draft, const char *name,
			   const char *value)
{
	CLEANUP_BUF struct buf string = BUF_INIT;
	CLEANUP_BUF struct buf word = BUF_INIT;

	buf_printf(&string, "%s=%s", name, value);
	if (!string.data || !draft_can_say(string.data))
		return;
	draft_quote(&word, string.data);
	draft_line(draft, "env %s", word.data ? word.data : "");
}

/* Is a program in this directory that was executed, the first one aside? */
static const struct trace_fact *program_in(const struct trace_facts *facts,
					   const char *directory, size_t length)
{
	size_t programs = 0;

	for (size_t i = 0; i < facts->path_count; i++) {
		const struct trace_fact *fact = facts->paths[i];
		const char *name = path_name(fact->path);

		if (!fact->existed || !(fact->acts & ACT_EXECUTE) ||
		    programs++ == 0)
			continue;
		if ((size_t)(name - fact->path) == length + 1 &&
		    strncmp(fact->path, directory, length) == 0)
			return fact;
	}
	return NULL;
}

static void draft_path(struct draft *draft, const struct trace_subject *subject)
{
	const char *path = value_of(subject, "PATH");
	const struct trace_fact *first = NULL;
	CLEANUP_BUF struct buf value = BUF_INIT;

	if (old_has(subject, "PATH"))
		return;
	for (const char *part = path; part && *part;) {
		size_t length = strcspn(part, ":");
		const struct trace_fact *fact =
			program_in(subject->facts, part, length);

		if (fact) {
			buf_puts(&value, value.length ? ":" : "");
			buf_append(&value, part, length);
			first = first ? first : fact;
		}
		part += length;
		part += *part == ':';
	}
	if (!first)
		return;
	draft_reason(draft, "It executes %s.", first->path);
	draft_variable(draft, "PATH", value.data);
}

static void draft_language(struct draft *draft,
			   const struct trace_subject *subject)
{
	static const char *const names[] = { "LANG",	   "LC_ALL",
					     "LC_CTYPE",   "LC_COLLATE",
					     "LC_NUMERIC", "LC_TIME",
					     "LC_MESSAGES" };
	const struct trace_facts *facts = subject->facts;
	const struct trace_fact *locale = NULL;

	for (size_t i = 0; i < facts->path_count && !locale; i++) {
		const struct trace_fact *fact = facts->paths[i];

		if (fact->existed && fact->acts & ACT_READ &&
		    path_within(fact->path, "/usr/lib/locale"))
			locale = fact;
	}
	for (size_t i = 0; locale && i < ARRAY_SIZE(names); i++) {
		const char *value = value_of(subject, names[i]);

		if (!value || !*value || strcmp(value, "C") == 0 ||
		    strcmp(value, "POSIX") == 0 || old_has(subject, names[i]))
			continue;
		draft_reason(draft, "%s(2) of %s", locale->call, locale->path);
		draft_variable(draft, names[i], value);
	}
}

static void draft_zone(struct draft *draft, const struct trace_subject *subject)
{
	const char *value = value_of(subject, "TZ");

	if (!value || !*value || old_has(subject, "TZ"))
		return;
	draft_reason(draft, "The time zone that it was traced with.");
	draft_variable(draft, "TZ", value);
}

/* Whoever can read the image could read it. */
static bool looks_secret(const char *name)
{
	static const char *const signs[] = { "PASS", "SECRET", "TOKEN", "KEY",
					     "CREDENTIAL" };

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (strcasestr(name, signs[i]))
			return true;
	}
	return false;
}

enum { NAME_MAX_LENGTH = 64 }; /* of a variable in a recipe */

static void draft_named(struct draft *draft,
			const struct trace_subject *subject,
			const struct trace_variable *variable)
{
	size_t length = strcspn(variable->string, "=");
	CLEANUP_FREE char *name = strndup(variable->string, length);

	if (!name || length > NAME_MAX_LENGTH || old_has(subject, name))
		return;
	if (looks_secret(name)) {
		draft_comment(draft,
			      "%s is named in %s. Its value seems to be a "
			      "secret, and an image can be read: it is not "
			      "written here.",
			      name, variable->named->path);
		return;
	}
	draft_reason(draft, "Named in %s", variable->named->path);
	draft_variable(draft, name, variable->string + length + 1);
}

void trace_draft_environment(struct draft *draft,
			     const struct trace_subject *subject)
{
	draft_path(draft, subject);
	draft_language(draft, subject);
	draft_zone(draft, subject);
	for (size_t i = 0; subject->variables && i < subject->variables->count;
	     i++)
		draft_named(draft, subject, &subject->variables->variables[i]);
}
