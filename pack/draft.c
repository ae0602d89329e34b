#include "pack/draft.h"

#include "lib/lex.h"
#include "lib/utf8.h"

#include <stdarg.h>
#include <string.h>

enum {
	WIDTH = 78,
	COMMENT_MAX = 1000, /* bytes of one; the rest is left out */
};

/* The one heading of all that is added to an old recipe. */
#define FURTHER "Seen in a further run (jailpack --trace --continue)"

void draft_done(struct draft *draft)
{
	buf_done(&draft->text);
	buf_done(&draft->reason);
	*draft = DRAFT_INIT;
}

void draft_heading(struct draft *draft, const char *heading)
{
	draft->heading = heading;
	if (draft->old)
		draft->heading = draft->continued ? NULL : FURTHER;
	buf_reset(&draft->reason);
}

/* True if a text has this very line. */
static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (; text && *text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, line, length) == 0 &&
		    (text[length] == '\n' || text[length] == '\0'))
			return true;
	}
	return false;
}

static bool is_said(const struct draft *draft, const char *line)
{
	return has_line(draft->old, line) || has_line(draft->text.data, line);
}

static void print_heading(struct draft *draft)
{
	size_t length;

	/* What is added for the second time goes where the first is. */
	if (draft->old && strstr(draft->old, FURTHER))
		draft->heading = NULL;
	if (!draft->heading)
		return;
	length = strlen(draft->heading) + strlen("# ---  ");
	buf_printf(&draft->text, "\n# --- %s ", draft->heading);
	for (; length < WIDTH; length++)
		buf_putc(&draft->text, '-');
	buf_putc(&draft->text, '\n');
	draft->heading = NULL;
	draft->continued = true;
}

/* How many bytes the character takes that a recipe can hold; 0: none. */
static size_t sayable(const char *text, size_t length)
{
	uint32_t number;
	size_t bytes = utf8_character(text, length, &number);

	return bytes && !utf8_is_control(number) ? bytes : 0;
}

bool draft_can_say(const char *word)
{
	size_t length = strlen(word), bytes;

	for (size_t at = 0; at < length; at += bytes) {
		bytes = sayable(word + at, length - at);
		if (bytes == 0)
			return false;
	}
	return true;
}

/* Fit to be a comment, whatever was quoted in it. */
static void clean(const char *sentence, struct buf *ret_text)
{
	size_t length = strlen(sentence), bytes;

	for (size_t at = 0; at < length; at += bytes ? bytes : 1) {
		bytes = sayable(sentence + at, length - at);
		if (ret_text->length + bytes > COMMENT_MAX) {
			buf_puts(ret_text, " ...");
			break;
		}
		if (bytes)
			buf_append(ret_text, sentence + at, bytes);
		else
			buf_putc(ret_text, '?');
	}
	buf_puts(ret_text, "");
}

/* Words of a sentence, as lines of a comment. */
static void wrap(struct buf *lines, const char *text)
{
	CLEANUP_BUF struct buf cleaned = BUF_INIT;
	const char *sentence;
	size_t column = 0;

	clean(text, &cleaned);
	sentence = cleaned.data ? cleaned.data : "";

	while (*sentence) {
		size_t length = strcspn(sentence, " ");

		if (column && column + 1 + length > WIDTH) {
			buf_putc(lines, '\n');
			column = 0;
		}
		buf_puts(lines, column ? " " : "# ");
		buf_append(lines, sentence, length);
		column += length + (column ? 1 : 2);
		sentence += length;
		sentence += strspn(sentence, " ");
	}
}

static void append_format(struct buf *buf, const char *format, va_list args)
	PRINTF_LIKE(2, 0);

static void append_format(struct buf *buf, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		buf->failed = true;
		return;
	}
	buf_puts(buf, text);
	free(text);
}

void draft_reason(struct draft *draft, const char *format, ...)
{
	va_list args;

	if (draft->reason.length)
		buf_putc(&draft->reason, ' ');
	va_start(args, format);
	append_format(&draft->reason, format, args);
	va_end(args);
}

static void print_reason(struct draft *draft)
{
	CLEANUP_BUF struct buf lines = BUF_INIT;

	if (!draft->reason.length)
		return;
	wrap(&lines, draft->reason.data);
	buf_puts(&draft->text, lines.data ? lines.data : "");
	buf_putc(&draft->text, '\n');
	buf_reset(&draft->reason);
}

void draft_line(struct draft *draft, const char *format, ...)
{
	CLEANUP_BUF struct buf line = BUF_INIT;
	va_list args;

	va_start(args, format);
	append_format(&line, format, args);
	va_end(args);
	if (!line.data || is_said(draft, line.data)) {
		buf_reset(&draft->reason);
		return;
	}
	if (!draft_can_say(line.data) || line.length > LEX_LINE_MAX) {
		buf_reset(&draft->reason);
		draft_comment(draft, "No recipe can hold this line: %s",
			      line.data);
		return;
	}
	print_heading(draft);
	print_reason(draft);
	buf_printf(&draft->text, "%s\n", line.data);
}

/* It is said if its first line is. */
void draft_comment(struct draft *draft, const char *format, ...)
{
	CLEANUP_BUF struct buf sentence = BUF_INIT;
	CLEANUP_BUF struct buf lines = BUF_INIT;
	CLEANUP_FREE char *first = NULL;
	va_list args;

	va_start(args, format);
	append_format(&sentence, format, args);
	va_end(args);
	if (!sentence.data)
		return;
	wrap(&lines, sentence.data);
	first = lines.data ? strndup(lines.data, strcspn(lines.data, "\n"))
			   : NULL;
	if (!first || is_said(draft, first))
		return;
	print_heading(draft);
	buf_printf(&draft->text, "%s\n", lines.data);
}

void draft_words(struct draft *draft, const char *directive, char *const *words,
		 size_t count)
{
	CLEANUP_BUF struct buf line = BUF_INIT;

	for (size_t i = 0; i < count; i++) {
		CLEANUP_BUF struct buf word = BUF_INIT;

		draft_quote(&word, words[i]);
		if (line.length && line.length + 1 + word.length > WIDTH) {
			draft_line(draft, "%s", line.data);
			buf_reset(&line);
		}
		if (!line.length)
			buf_puts(&line, directive);
		buf_printf(&line, " %s", word.data ? word.data : "");
	}
	if (line.length)
		draft_line(draft, "%s", line.data);
}

void draft_quote(struct buf *text, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:=@%+,~*?![](){}-";

	if (*word && word[strspn(word, plain)] == '\0') {
		buf_puts(text, word);
		return;
	}
	if (!strchr(word, '\'')) {
		buf_printf(text, "'%s'", word);
		return;
	}
	buf_putc(text, '"');
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			buf_putc(text, '\\');
		else if (*word == '$')
			buf_putc(text, '$');
		buf_putc(text, *word);
	}
	buf_putc(text, '"');
}
