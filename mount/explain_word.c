#include "mount/explain_word.h"

#include <string.h>

#include "lib/printable.h"

static bool can_be_said(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t left = strlen(text), length;

	for (; left; at += length, left -= length) {
		length = printable_character(at, left);
		if (length == 0)
			return false;
	}
	return true;
}

static void append_quoted(struct buf *line, const char *text)
{
	buf_putc(line, '"');
	for (; *text; text++) {
		if (strchr("\"\\$", *text))
			buf_putc(line, '\\');
		buf_putc(line, *text);
	}
	buf_putc(line, '"');
}

static void append_pattern(struct buf *word, const char *text)
{
	for (; *text; text++) {
		if (strchr("*?[", *text))
			buf_printf(word, "[%c]", *text);
		else
			buf_putc(word, *text);
	}
}

bool explain_word(struct buf *line, const char *text, bool pattern)
{
	CLEANUP_BUF struct buf word = BUF_INIT;

	if (!*text || !can_be_said(text))
		return false;
	if (pattern)
		append_pattern(&word, text);
	else
		buf_puts(&word, text);
	if (word.failed) {
		line->failed = true;
		return true;
	}
	if (!strpbrk(word.data, " \"'\\$#;=<>"))
		buf_puts(line, word.data);
	else if (!strchr(word.data, '\''))
		buf_printf(line, "'%s'", word.data);
	else
		append_quoted(line, word.data);
	return true;
}

void explain_directive(struct buf *line, const char *directive,
		       const char *path, bool pattern)
{
	size_t before = line->length;

	buf_printf(line, "%s ", directive);
	if (explain_word(line, path, pattern))
		return;
	line->length = before;
	buf_printf(line, "# %s ", directive);
	printable_puts(line, path);
	buf_puts(line, ", which no recipe can name");
}
