#include "pack/ini.h"

#include "lib/buf.h"

#include <stdbool.h>
#include <string.h>

static const char blanks[] = " \t\r";

void ini_done(struct ini *ini)
{
	for (size_t i = 0; i < ini->count; i++) {
		free(ini->entries[i].section);
		free(ini->entries[i].key);
		free(ini->entries[i].value);
	}
	free(ini->entries);
	*ini = INI_INIT;
}

static char *copy_trimmed(const char *text, size_t length)
{
	while (length && strchr(blanks, *text)) {
		text++;
		length--;
	}
	while (length && strchr(blanks, text[length - 1]))
		length--;
	return strndup(text, length);
}

/* Up to a comment, or what stands in quotes. */
static char *copy_value(const char *text)
{
	size_t length = 0;

	text += strspn(text, blanks);
	if (*text == '"' || *text == '\'')
		return strndup(text + 1,
			       strcspn(text + 1, *text == '"' ? "\"" : "'"));
	while (text[length]) {
		bool begins = length == 0 || strchr(blanks, text[length - 1]);

		if (begins && strchr("#;", text[length]))
			break;
		length++;
	}
	return copy_trimmed(text, length);
}

static int add_entry(struct ini *ini, const char *section, char *key,
		     char *value, unsigned int number, struct diag *diag)
{
	struct ini_entry entry = { strdup(section), key, value, number };

	if (!entry.section || !key || !value ||
	    array_grow(&ini->entries, ini->count, sizeof(entry)) < 0) {
		free(entry.section);
		free(key);
		free(value);
		return diag_oom(diag);
	}
	ini->entries[ini->count++] = entry;
	return 0;
}

static int take_line(struct ini *ini, char **section, const char *line,
		     unsigned int number, struct diag *diag)
{
	static const char include[] = ".include";
	size_t length;

	line += strspn(line, blanks);
	if (*line == '[') {
		char *name = copy_trimmed(line + 1, strcspn(line + 1, "]"));

		if (!name)
			return diag_oom(diag);
		free(*section);
		*section = name;
		return 0;
	}
	if (*line == '\0' || strchr("#;", *line))
		return 0;
	length = strcspn(line, "=");
	if (line[length])
		return add_entry(ini, *section, copy_trimmed(line, length),
				 copy_value(line + length + 1), number, diag);
	length = strlen(include);
	if (strncmp(line, include, length) == 0 && line[length] &&
	    strchr(blanks, line[length]))
		return add_entry(ini, *section, strdup(include),
				 copy_value(line + length), number, diag);
	return 0;
}

int ini_parse(const char *text, struct ini *ini, struct diag *diag)
{
	CLEANUP_FREE char *section = strdup("");
	CLEANUP_BUF struct buf line = BUF_INIT;
	unsigned int number = 0;
	int r = section ? 0 : diag_oom(diag);

	while (r == 0 && *text) {
		size_t length = strcspn(text, "\n");
		bool newline = text[length] == '\n';
		bool continued = length && newline && text[length - 1] == '\\';

		number++;
		buf_append(&line, text, length - continued);
		text += length + newline;
		if (continued && *text)
			continue;
		buf_puts(&line, "");
		if (buf_check(&line) < 0)
			return diag_oom(diag);
		r = take_line(ini, &section, line.data, number, diag);
		buf_reset(&line);
	}
	return r;
}

const char *ini_value(const struct ini *ini, const char *section,
		      const char *key)
{
	for (size_t i = ini->count; i > 0; i--) {
		const struct ini_entry *entry = &ini->entries[i - 1];

		if (strcmp(entry->section, section) == 0 &&
		    strcmp(entry->key, key) == 0)
			return entry->value;
	}
	return NULL;
}
