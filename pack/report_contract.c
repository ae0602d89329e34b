/* What the jail asks of its host, in --inspect's words. */
#include "pack/inspect.h"
#include "pack/report_internal.h"

#include <string.h>

/* A line of show_contract(): a name, blanks up to a column, and a value. */
struct line {
	const char *name, *value;
	size_t name_length, value_length;
};

static struct line read_line(const char *text)
{
	size_t length = strcspn(text, "\n");
	size_t column =
		length < INSPECT_COLUMN ? length : (size_t)INSPECT_COLUMN;
	struct line line = { .name = text,
			     .value = text + column,
			     .name_length = column,
			     .value_length = length - column };

	while (line.name_length && line.name[line.name_length - 1] == ' ')
		line.name_length--;
	while (line.value_length && line.value[line.value_length - 1] == ' ')
		line.value_length--;
	return line;
}

static bool is_named(const struct line *line, const char *name)
{
	return line->name_length == strlen(name) &&
	       memcmp(line->name, name, line->name_length) == 0;
}

static bool has_name_of(const struct line *line, const struct line *before)
{
	return line->name_length == before->name_length && before->name &&
	       memcmp(line->name, before->name, line->name_length) == 0;
}

static void put_escaped(struct buf *page, const char *text, size_t length)
{
	CLEANUP_FREE char *copy = strndup(text, length);

	if (copy)
		report_escaped(page, copy);
	else
		page->failed = true;
}

void report_contract(const struct report *report, struct buf *page)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct line before = { 0 };
	const char *at = NULL;

	show_contract(&text, &report->config);
	if (buf_check(&text) < 0) {
		page->failed = true;
		return;
	}
	for (at = text.data; at && *at; at += *at == '\n') {
		struct line line = read_line(at);

		at += strcspn(at, "\n");
		/* That is told at the head of the page. */
		if (is_named(&line, "summary"))
			continue;
		if (!has_name_of(&line, &before)) {
			buf_puts(page, before.name ? "</div>\n<div><dt>"
						   : "<div><dt>");
			put_escaped(page, line.name, line.name_length);
			buf_puts(page, "</dt>");
		}
		buf_puts(page, "<dd>");
		put_escaped(page, line.value, line.value_length);
		buf_puts(page, "</dd>");
		before = line;
	}
	if (before.name)
		buf_puts(page, "</div>\n");
}
