#include "lib/location.h"

#include "lib/buf.h"
#include "lib/utf8.h"

#include <stdarg.h>
#include <string.h>

/* Of a long line, as many bytes before and behind the caret are shown. */
enum { SHOWN_BEFORE = 60, SHOWN_BEHIND = 60 };

/* Bytes of one character of the line; what is not one counts as one byte. */
static size_t character(const char *text, uint32_t *ret_number)
{
	size_t bytes = utf8_character(text, strlen(text), ret_number);

	if (bytes > 0)
		return bytes;
	*ret_number = 0;
	return 1;
}

/*
 * One line of the excerpt: the text as it can be shown on a terminal. Under
 * it, `caret` collects the blanks (and tabs, so that both lines are indented
 * alike) that lead to `column`.
 */
static void show_line(const char *text, size_t column, struct buf *line,
		      struct buf *caret)
{
	bool cut = column > SHOWN_BEFORE + 20;
	uint32_t number;
	size_t bytes;

	if (cut) {
		buf_puts(line, "...");
		buf_puts(caret, "   ");
	}
	for (size_t at = 0; text[at] != '\0'; at += bytes) {
		bytes = character(text + at, &number);
		if (cut && at + SHOWN_BEFORE < column)
			continue;
		if (at > column + SHOWN_BEHIND) {
			buf_puts(line, "...");
			break;
		}
		if (number == '\t')
			buf_putc(line, '\t');
		else if (utf8_is_control(number))
			buf_putc(line, '?');
		else
			buf_append(line, text + at, bytes);
		if (at + 1 < column)
			buf_putc(caret, number == '\t' ? '\t' : ' ');
	}
}

static void excerpt(struct diag *diag, const struct location *at)
{
	CLEANUP_BUF struct buf line = BUF_INIT, caret = BUF_INIT;

	if (at->line == 0 || !at->text)
		return;
	show_line(at->text, at->column, &line, &caret);
	if (buf_check(&line) == 0 && buf_check(&caret) == 0)
		diag_excerpt(diag, "%5u | %s\n      | %s^", at->line,
			     line.data ? line.data : "",
			     caret.data ? caret.data : "");
}

int location_error(struct diag *diag, int error, const struct location *at,
		   const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return diag_oom(diag);
	}
	diag_set(diag, error, "%s", text);
	return location_wrap(diag, error, at);
}

int location_wrap(struct diag *diag, int error, const struct location *at)
{
	if (!at->file)
		return error;
	if (at->line == 0)
		return diag_wrap(diag, error, "%s", at->file);
	diag_wrap(diag, error, "%s:%u:%u", at->file, at->line, at->column);
	if (diag && !diag->excerpt)
		excerpt(diag, at);
	return error;
}
