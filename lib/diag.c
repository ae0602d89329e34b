#include "lib/diag.h"

#include "lib/printable.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void diag_done(struct diag *diag)
{
	if (!diag)
		return;
	free(diag->text);
	free(diag->excerpt);
	free(diag->hint);
	*diag = DIAG_INIT;
}

/* NULL when memory runs out: the text is lost, the error number is not. */
static PRINTF_LIKE(1, 0) char *format_text(const char *format,
					   va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

int diag_set(struct diag *diag, int error, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!diag)
		return error;
	/* The arguments may point into the old text: format first. */
	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	diag_done(diag);
	diag->error = error;
	diag->text = text;
	return error;
}

/* "head: tail" in place of the text; takes `head`. */
static void join(struct diag *diag, char *head, const char *tail)
{
	char *joined;

	if (head && asprintf(&joined, "%s: %s", head, tail) >= 0) {
		free(diag->text);
		diag->text = joined;
	}
	free(head);
}

int diag_errno(struct diag *diag, int error, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!diag)
		return error;
	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	diag_done(diag);
	diag->error = error;
	join(diag, text, strerror(-error));
	return error;
}

int diag_wrap(struct diag *diag, int error, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!diag)
		return error;
	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	if (!diag->error)
		diag->error = error;
	join(diag, text, diag->text ? diag->text : strerror(-error));
	return error;
}

void diag_hint(struct diag *diag, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!diag)
		return;
	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	free(diag->hint);
	diag->hint = text;
}

void diag_excerpt(struct diag *diag, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (!diag)
		return;
	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	free(diag->excerpt);
	diag->excerpt = text;
}

int diag_oom(struct diag *diag)
{
	if (diag) {
		diag_done(diag);
		diag->error = -ENOMEM;
	}
	return -ENOMEM;
}

/*
 * What a message quotes may come from an image that somebody else made, and
 * must not give orders to a terminal: \xHH for every byte that is no part of
 * a printable character, except newlines and tabs.
 */
static void print_safely(const char *text, size_t length)
{
	while (length > 0) {
		size_t bytes = printable_character((const unsigned char *)text,
						   length);

		if (bytes == 0 && *text != '\n' && *text != '\t')
			(void)fprintf(stderr, "\\x%02x", (unsigned char)*text);
		else
			(void)fwrite(text, 1, bytes ? bytes : 1, stderr);
		text += bytes ? bytes : 1;
		length -= bytes ? bytes : 1;
	}
}

/* Every line of `text`, moved in, the last with a newline of its own. */
static void print_indented(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		(void)fputs("  ", stderr);
		print_safely(text, length);
		(void)fputc('\n', stderr);
		text += length;
		text += *text == '\n';
	}
}

void diag_print(const struct diag *diag, const char *program)
{
	const char *text = diag->text ? diag->text : strerror(-diag->error);

	(void)fprintf(stderr, "%s: ", program);
	print_safely(text, strlen(text));
	(void)fputc('\n', stderr);
	if (diag->excerpt)
		print_indented(diag->excerpt);
	if (diag->hint)
		print_indented(diag->hint);
}
