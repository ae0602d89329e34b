#include "pack/apt_sources.h"

#include <errno.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

/* One entry, in the words of either style. */
struct entry {
	char *suites; /* separated by blanks */
	bool binary;  /* for packages, not for sources alone */
	bool disabled;
	bool main;	  /* has the component of that name */
	struct buf other; /* deb822: the fields to take over as they are */
	/* one-line: what stands around the suite */
	char *options, *uri, *components;
};

static void entry_done(struct entry *entry)
{
	buf_done(&entry->other);
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (words += strspn(words, blanks); *words;
	     words += strspn(words, blanks)) {
		size_t next = strcspn(words, blanks);

		if (next == length && strncmp(words, word, length) == 0)
			return true;
		words += next;
	}
	return false;
}

/*
 * What to ask a mirror for, of which the host knows `suite`: appended to
 * `mapped`, or nothing. buster and before called security updates
 * SUITE/updates.
 */
static bool map_suite(const struct apt_suite_choice *choice, const char *suite,
		      size_t length, struct buf *mapped)
{
	static const struct {
		const char *known, *wanted;
	} kinds[] = {
		{ "", "" },
		{ "-updates", "-updates" },
		{ "-security", "-security" },
		{ "/updates", "-security" },
	};
	const char *base =
		choice->instead_of ? choice->instead_of : choice->suite;
	size_t base_length = strlen(base);

	if (length < base_length || strncmp(suite, base, base_length) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *kind = suite + base_length;

		if (strlen(kinds[i].known) != length - base_length ||
		    strncmp(kind, kinds[i].known, length - base_length) != 0)
			continue;
		if (mapped->length)
			buf_putc(mapped, ' ');
		buf_printf(mapped, "%s%s", choice->suite,
			   choice->instead_of ? kinds[i].wanted
					      : kinds[i].known);
		return true;
	}
	return false;
}

/* Unstable has neither updates nor security updates of its own. */
static bool is_alone(const char *suite)
{
	return strcmp(suite, "sid") == 0 || strcmp(suite, "unstable") == 0;
}

static size_t map_suites(const struct apt_suite_choice *choice,
			 const char *suites, struct buf *mapped)
{
	size_t count = 0;

	for (suites += strspn(suites, blanks); *suites;
	     suites += strspn(suites, blanks)) {
		size_t length = strcspn(suites, blanks);

		if (!choice->instead_of || !is_alone(choice->suite) ||
		    length == strlen(choice->instead_of))
			count += map_suite(choice, suites, length, mapped);
		suites += length;
	}
	return count;
}

/* deb [OPTIONS] URI SUITE COMPONENT... */
static void read_line(char *line, struct entry *entry)
{
	char *end = strchr(line, '#');
	const char *type;

	if (end)
		*end = '\0';
	line += strspn(line, blanks);
	type = strsep(&line, blanks);
	if (!line || strcmp(type, "deb") != 0)
		return;
	line += strspn(line, blanks);
	if (*line == '[') {
		entry->options = line + 1;
		line = strchr(line, ']');
		if (!line)
			return;
		*line++ = '\0';
		line += strspn(line, blanks);
	}
	entry->uri = strsep(&line, blanks);
	if (!line)
		return;
	line += strspn(line, blanks);
	entry->suites = strsep(&line, blanks);
	entry->components = line ? line : entry->suites + strlen(entry->suites);
	entry->main = has_word(entry->components, "main");
	entry->binary = *entry->suites != '\0';
}

static void write_line(const struct entry *entry, const char *suites,
		       struct buf *chosen)
{
	buf_puts(chosen, "deb ");
	if (entry->options)
		buf_printf(chosen, "[%s] ", entry->options);
	buf_printf(chosen, "%s %s %s\n", entry->uri, suites, entry->components);
}

/*
 * Take the next field off a stanza: "Name: value", with the lines that begin
 * with a blank, comments left out. In *ret_value its lines stand as they were.
 */
static bool next_field(char **stanza, char **ret_name, struct buf *ret_value)
{
	char *line;

	while ((line = strsep(stanza, "\n")) != NULL) {
		char *colon = strchr(line, ':');

		if (*line == '#' || !colon)
			continue;
		*colon = '\0';
		*ret_name = line;
		buf_reset(ret_value);
		buf_puts(ret_value, colon + 1);
		while (*stanza && (**stanza == ' ' || **stanza == '\t' ||
				   **stanza == '#')) {
			line = strsep(stanza, "\n");
			if (*line != '#')
				buf_printf(ret_value, "\n%s", line);
		}
		return true;
	}
	return false;
}

static bool says_no(const char *value)
{
	return has_word(value, "no") || has_word(value, "false") ||
	       has_word(value, "without") || has_word(value, "off") ||
	       has_word(value, "disable") || has_word(value, "0");
}

/* *suites is given to the entry. */
static void read_stanza(char *stanza, struct buf *suites, struct entry *entry)
{
	CLEANUP_BUF struct buf value = BUF_INIT;
	char *name;

	while (next_field(&stanza, &name, &value) && value.data) {
		if (strcasecmp(name, "Types") == 0) {
			entry->binary = has_word(value.data, "deb");
		} else if (strcasecmp(name, "Suites") == 0) {
			buf_reset(suites);
			buf_puts(suites, value.data);
		} else if (strcasecmp(name, "Enabled") == 0) {
			entry->disabled = says_no(value.data);
		} else {
			if (strcasecmp(name, "Components") == 0)
				entry->main = has_word(value.data, "main");
			buf_printf(&entry->other, "%s:%s\n", name, value.data);
		}
	}
	entry->suites = suites->data;
}

static void write_stanza(const struct entry *entry, const char *suites,
			 struct buf *chosen)
{
	buf_printf(chosen, "Types: deb\nSuites: %s\n%s\n", suites,
		   entry->other.data ? entry->other.data : "");
}

/* Cut the next stanza or line off a text; NULL at its end. */
static char *next_entry(char **text, bool deb822)
{
	char *stanza = *text, *line;

	if (!deb822)
		return strsep(text, "\n");
	if (!stanza)
		return NULL;
	do {
		line = *text;
		(void)strsep(text, "\n");
	} while (*text && line[strspn(line, blanks)]);
	/* strsep() has put NULs where the lines ended. */
	for (char *at = stanza; at < line; at++)
		if (!*at)
			*at = '\n';
	return stanza;
}

static int choose(char *text, bool deb822,
		  const struct apt_suite_choice *choice, struct buf *chosen,
		  size_t *count)
{
	char *next;

	while ((next = next_entry(&text, deb822)) != NULL) {
		CLEANUP(entry_done) struct entry entry = { 0 };
		CLEANUP_BUF struct buf suites = BUF_INIT;
		CLEANUP_BUF struct buf mapped = BUF_INIT;

		if (deb822)
			read_stanza(next, &suites, &entry);
		else
			read_line(next, &entry);
		if (!entry.suites || !entry.binary || entry.disabled)
			continue;
		if (!choice) {
			++*count;
			continue;
		}
		if (choice->instead_of && !entry.main)
			continue;
		if (!map_suites(choice, entry.suites, &mapped))
			continue;
		if (buf_check(&mapped) < 0 || buf_check(&entry.other) < 0)
			return -ENOMEM;
		if (deb822)
			write_stanza(&entry, mapped.data, chosen);
		else
			write_line(&entry, mapped.data, chosen);
		++*count;
	}
	return buf_check(chosen);
}

int apt_sources_choose(const char *text, bool deb822,
		       const struct apt_suite_choice *choice,
		       struct buf *chosen, size_t *count)
{
	CLEANUP_FREE char *own = strdup(text);

	return own ? choose(own, deb822, choice, chosen, count) : -ENOMEM;
}

size_t apt_sources_count(const char *text, bool deb822)
{
	CLEANUP_FREE char *own = strdup(text);
	CLEANUP_BUF struct buf none = BUF_INIT;
	size_t count = 0;

	if (own)
		(void)choose(own, deb822, NULL, &none, &count);
	return count;
}
