#include "pack/unit_file.h"

#include "lib/utf8.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r"

void unit_file_done(struct unit_file *unit)
{
	for (size_t i = 0; i < unit->count; i++) {
		free(unit->entries[i].section);
		free(unit->entries[i].key);
		free(unit->entries[i].value);
	}
	free(unit->entries);
	*unit = UNIT_FILE_INIT;
}

/* Cut off the blanks at both ends. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, BLANKS);
	length = strlen(text);
	while (length && strchr(BLANKS, text[length - 1]))
		text[--length] = '\0';
	return text;
}

static int add_entry(struct unit_file *unit, const char *section,
		     const char *key, const char *value)
{
	struct unit_entry entry = { 0 };

	if (unit->count >= UNIT_ENTRIES_MAX)
		return -E2BIG;
	entry.section = strdup(section);
	entry.key = key ? strdup(key) : NULL;
	entry.value = strdup(value);
	if (!entry.section || (key && !entry.key) || !entry.value ||
	    array_grow(&unit->entries, unit->count, sizeof(entry)) < 0) {
		free(entry.section);
		free(entry.key);
		free(entry.value);
		return -ENOMEM;
	}
	unit->entries[unit->count++] = entry;
	return 0;
}

/* A whole line, continued ones joined. `section` changes with a header. */
static int take_line(struct unit_file *unit, char **section, char *line)
{
	char *text = trim(line);
	size_t length = strlen(text);
	char *equals;

	if (length == 0)
		return 0;
	if (text[0] == '[' && text[length - 1] == ']') {
		char *name = strndup(text + 1, length - 2);

		if (!name)
			return -ENOMEM;
		free(*section);
		*section = name;
		return 0;
	}
	equals = strchr(text, '=');
	if (!equals || equals == text)
		return add_entry(unit, *section, NULL, text);
	*equals = '\0';
	return add_entry(unit, *section, trim(text), trim(equals + 1));
}

/* Comments count neither by themselves nor between continued lines. */
static bool is_comment(const char *line)
{
	line += strspn(line, BLANKS);
	return *line == '#' || *line == ';';
}

static int take_lines(struct unit_file *unit, char *text)
{
	CLEANUP_FREE char *section = strdup("");
	CLEANUP_BUF struct buf joined = BUF_INIT;
	char *rest = text;
	int r = section ? 0 : -ENOMEM;

	while (r == 0 && rest) {
		char *line = strsep(&rest, "\n");
		size_t length = strlen(line);
		bool continued;

		if (length && line[length - 1] == '\r')
			line[--length] = '\0';
		if (is_comment(line) && rest)
			continue;
		if (is_comment(line))
			length = 0;
		continued = length && line[length - 1] == '\\' && rest;
		buf_append(&joined, line, continued ? length - 1 : length);
		if (continued) {
			buf_putc(&joined, ' ');
			continue;
		}
		buf_puts(&joined, "");
		r = buf_check(&joined);
		if (r == 0 && joined.data)
			r = take_line(unit, &section, joined.data);
		buf_reset(&joined);
	}
	return r;
}

static bool is_text(const char *text, size_t length)
{
	size_t bytes;

	for (size_t at = 0; at < length; at += bytes) {
		uint32_t number;

		bytes = utf8_character(text + at, length - at, &number);
		if (bytes == 0 || number == 0)
			return false;
	}
	return true;
}

int unit_file_parse(struct unit_file *unit, const char *name, const char *text,
		    size_t length, struct diag *diag)
{
	CLEANUP_FREE char *copy = NULL;
	int r;

	if (length > UNIT_TEXT_MAX)
		return diag_set(diag, -E2BIG, "%s is larger than %d bytes",
				name, UNIT_TEXT_MAX);
	if (!is_text(text, length))
		return diag_set(diag, -EINVAL,
				"%s is no unit file: it is not text in UTF-8",
				name);
	copy = strndup(text ? text : "", length);
	r = copy ? take_lines(unit, copy) : -ENOMEM;
	if (r == -E2BIG)
		return diag_set(diag, r, "%s: more than %d assignments", name,
				UNIT_ENTRIES_MAX);
	return r < 0 ? diag_oom(diag) : 0;
}

static bool is_of(const struct unit_entry *entry, const char *section,
		  const char *key)
{
	return entry->key && strcmp(entry->section, section) == 0 &&
	       strcmp(entry->key, key) == 0;
}

const char *unit_file_next(const struct unit_file *unit, const char *section,
			   const char *key, size_t *at)
{
	size_t first = *at;

	for (size_t i = first; i < unit->count; i++) {
		if (is_of(&unit->entries[i], section, key) &&
		    !unit->entries[i].value[0])
			first = i + 1;
	}
	for (size_t i = first; i < unit->count; i++) {
		if (is_of(&unit->entries[i], section, key)) {
			*at = i + 1;
			return unit->entries[i].value;
		}
	}
	*at = unit->count;
	return NULL;
}

const char *unit_file_get(const struct unit_file *unit, const char *section,
			  const char *key)
{
	const char *last = NULL, *value;
	size_t at = 0;

	while ((value = unit_file_next(unit, section, key, &at)) != NULL)
		last = value;
	return last;
}

bool unit_is_true(const char *value)
{
	static const char *const words[] = {
		"yes", "true", "on", "1", "y", "t"
	};

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(value, words[i]) == 0)
			return true;
	}
	return false;
}
