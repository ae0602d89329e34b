/* A file's bytes: checked, and cut into lines. */
#include "lib/lex.h"
#include "lib/utf8.h"

#include <errno.h>
#include <string.h>

void lex_text_done(struct lex_text *text)
{
	free(text->file);
	free(text->content);
	free(text->lines);
	*text = (struct lex_text){ 0 };
}

struct location lex_location(const struct lex_text *text, size_t line,
			     size_t at)
{
	return (struct location){
		.file = text->file,
		.line = (unsigned int)line + 1,
		.column = (unsigned int)at + 1,
		.text = text->lines[line],
	};
}

/* What cannot be in such a text; `bytes` is 0 if it is no character at all. */
static int check_character(uint32_t number, size_t bytes,
			   const struct location *at, struct diag *diag)
{
	if (bytes == 0)
		return location_error(diag, -EINVAL, at, "not valid UTF-8");
	if (number == 0)
		return location_error(diag, -EINVAL, at, "a NUL byte");
	if (number == '\r') {
		location_error(diag, -EINVAL, at, "a carriage return");
		diag_hint(diag, "lines end in a newline alone: convert the "
				"file, for instance with dos2unix");
		return -EINVAL;
	}
	if (number == 0xfeff && at->line == 1 && at->column == 1)
		return location_error(diag, -EINVAL, at, "a byte order mark");
	if (number != '\t' && utf8_is_control(number))
		return location_error(diag, -EINVAL, at,
				      "the control character U+%04X",
				      (unsigned int)number);
	return 0;
}

static int check_line(const struct lex_text *text, size_t line, size_t length,
		      struct diag *diag)
{
	const char *start = text->lines[line];
	size_t bytes;

	for (size_t at = 0; at < length; at += bytes) {
		uint32_t number = 0;
		struct location place = lex_location(text, line, at);
		int error;

		bytes = utf8_character(start + at, length - at, &number);
		error = check_character(number, bytes, &place, diag);
		if (error < 0)
			return error;
	}
	return 0;
}

static int cut_lines(struct lex_text *text, size_t length, struct diag *diag)
{
	char *line = text->content, *end = line + length;

	while (line < end) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t line_length;
		int error;

		if (!newline)
			newline = end;
		line_length = (size_t)(newline - line);
		if (array_grow(&text->lines, text->line_count, sizeof(line)) <
		    0)
			return diag_oom(diag);
		text->lines[text->line_count++] = line;
		*newline = '\0';
		error = check_line(text, text->line_count - 1, line_length,
				   diag);
		if (error < 0)
			return error;
		line = newline + 1;
	}
	return 0;
}

int lex_text_init(struct lex_text *text, const char *file, const char *content,
		  size_t length, struct diag *diag)
{
	int error;

	*text = (struct lex_text){ 0 };
	if (length > LEX_TEXT_MAX)
		return diag_set(diag, -EINVAL,
				"%s: larger than %d bytes, the most that "
				"is read",
				file, LEX_TEXT_MAX);
	text->file = strdup(file);
	text->content = malloc(length + 1);
	if (!text->file || !text->content) {
		lex_text_done(text);
		return diag_oom(diag);
	}
	if (length > 0)
		memcpy(text->content, content, length);
	text->content[length] = '\0';
	error = cut_lines(text, length, diag);
	if (error < 0)
		lex_text_done(text);
	return error;
}
