#include "pack/python_lines.h"

#include <ctype.h>
#include <string.h>

enum { LITERAL_MAX = 255 };

static void step(struct python_cursor *cursor)
{
	cursor->number += *cursor->at == '\n';
	cursor->at++;
}

static void skip_comment(struct python_cursor *cursor)
{
	cursor->at += strcspn(cursor->at, "\n");
}

/* Blank lines count for nothing; what is left is the indentation of a line. */
static unsigned int skip_indent(struct python_cursor *cursor)
{
	unsigned int indent = 0;

	while (*cursor->at && strchr(" \t\r\n\f#", *cursor->at)) {
		if (*cursor->at == '#') {
			skip_comment(cursor);
			continue;
		}
		if (*cursor->at == ' ')
			indent++;
		else if (*cursor->at == '\t')
			indent = (indent / 8 + 1) * 8;
		else
			indent = 0;
		step(cursor);
	}
	return indent;
}

static bool is_plain(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("._-/ ", c));
}

/* A string, its prefix already taken. */
static void take_string(struct python_cursor *cursor, struct buf *text)
{
	const char quote = *cursor->at;
	const char triple[] = { quote, quote, quote, '\0' };
	bool is_long = strncmp(cursor->at, triple, 3) == 0;
	const char *begin;
	size_t plain;

	cursor->at += is_long ? 3 : 1;
	begin = cursor->at;
	for (plain = 0; plain < LITERAL_MAX && is_plain(begin[plain]);)
		plain++;
	buf_putc(text, '\'');
	if (begin[plain] == quote)
		buf_append(text, begin, plain);
	buf_putc(text, '\'');
	while (*cursor->at) {
		if (*cursor->at == '\\' && cursor->at[1]) {
			step(cursor);
		} else if (is_long && strncmp(cursor->at, triple, 3) == 0) {
			cursor->at += 3;
			return;
		} else if (!is_long &&
			   (*cursor->at == quote || *cursor->at == '\n')) {
			cursor->at += *cursor->at == quote;
			return;
		}
		step(cursor);
	}
}

/* One thing of a line; false if the line ends here. */
static bool take_part(struct python_cursor *cursor, struct buf *text,
		      unsigned int *open)
{
	char c = *cursor->at;

	if (c == '#') {
		skip_comment(cursor);
	} else if (c == '"' || c == '\'') {
		take_string(cursor, text);
	} else if (c == '\\' && (cursor->at[1] == '\n' ||
				 strncmp(cursor->at + 1, "\r\n", 2) == 0)) {
		cursor->at += cursor->at[1] == '\r';
		step(cursor);
		step(cursor);
		buf_putc(text, ' ');
	} else if (c == '\n' && *open == 0) {
		return false;
	} else {
		*open += strchr("([{", c) != NULL;
		*open -= *open && strchr(")]}", c);
		buf_putc(text, isspace((unsigned char)c) ? ' ' : c);
		step(cursor);
	}
	return true;
}

bool python_next_line(struct python_cursor *cursor, struct python_line *line)
{
	unsigned int open = 0;

	buf_reset(&line->text);
	buf_puts(&line->text, "");
	line->indent = skip_indent(cursor);
	line->number = cursor->number;
	if (*cursor->at == '\0')
		return false;
	while (*cursor->at && take_part(cursor, &line->text, &open))
		;
	return true;
}
