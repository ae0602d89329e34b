#include "mount/log_format.h"

#include "lib/printable.h"
#include "mount/clock.h"
#include "mount/syslog_line.h"

#include <string.h>

/* --- The last lines ------------------------------------------------------- */

void log_recent_done(struct log_recent *recent)
{
	for (size_t i = 0; i < ARRAY_SIZE(recent->lines); i++)
		buf_done(&recent->lines[i]);
	free(recent->text);
	*recent = (struct log_recent){ 0 };
}

static void remember(struct log_recent *recent, const char *line, size_t length)
{
	struct buf *slot = &recent->lines[recent->count++ % LOGS_RECENT_LINES];

	buf_reset(slot);
	buf_append(slot, line, length);
}

const char *log_recent_text(struct log_recent *recent)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t first = recent->count > LOGS_RECENT_LINES
			       ? recent->count - LOGS_RECENT_LINES
			       : 0;

	for (size_t i = first; i < recent->count; i++) {
		const struct buf *line = &recent->lines[i % LOGS_RECENT_LINES];

		if (i > first)
			buf_putc(&text, '\n');
		buf_append(&text, line->data, line->length);
	}
	free(recent->text);
	recent->text = buf_steal(&text);
	return recent->text ? recent->text : "";
}

/* --- Lines ---------------------------------------------------------------- */

/* Of ASCII, which most of a log is: there is nothing to look at. */
static size_t count_plain(const unsigned char *bytes, size_t length)
{
	size_t count = 0;

	while (count < length && bytes[count] >= ' ' && bytes[count] <= '~')
		count++;
	return count;
}

/* As printable_append(), but tabs and backslashes stay: a log is text that
 * was written to be read. */
static void append_shown(struct buf *text, const char *bytes, size_t length)
{
	const unsigned char *from = (const unsigned char *)bytes;

	while (length) {
		size_t plain = count_plain(from, length);
		size_t shown =
			plain ? plain : printable_character(from, length);

		if (shown)
			buf_append(text, from, shown);
		else if (*from == '\t')
			buf_putc(text, '\t');
		else
			buf_printf(text, "\\x%02x", *from);
		if (!shown)
			shown = 1;
		from += shown;
		length -= shown;
	}
}

static void tell_journal(const struct log_format *format, bool continued,
			 const char *message, size_t length)
{
	struct syslog_line said = { -1, -1, message, length };
	struct journal_line line = { .generation = format->generation,
				     .stream = format->stream,
				     .continued = continued };

	if (format->syslog && !continued)
		said = syslog_line_parse(message, length);
	line.priority = said.priority < 0 ? JOURNAL_INFO : said.priority;
	line.facility = said.facility;
	line.message = said.text;
	line.length = said.length;
	journal_write(format->journal, &line);
}

/* What lines begin with that are written at once: to say the time again for
 * each would cost more than the line does. */
static void begin_line(const struct log_format *format, struct buf *prefix,
		       bool continued, struct buf *text)
{
	if (!prefix->length) {
		char time[TIME_TEXT_SIZE];

		time_format(time_now(), time);
		buf_printf(prefix, "%s %s #%u %s", time, format->origin,
			   format->generation, format->stream);
	}
	if (prefix->failed)
		text->failed = true;
	buf_append(text, prefix->data, prefix->length);
	buf_puts(text, continued ? "+: " : ": ");
}

static void put_line(const struct log_format *format, struct buf *prefix,
		     struct log_line *line, bool ends, struct buf *text)
{
	size_t begin;

	begin_line(format, prefix, line->continued, text);
	begin = text->length;
	append_shown(text, line->text, line->length);
	if (format->recent && !text->failed)
		remember(format->recent, text->data + begin,
			 text->length - begin);
	if (format->journal && !text->failed)
		tell_journal(format, line->continued, text->data + begin,
			     text->length - begin);
	buf_putc(text, '\n');
	line->length = 0;
	line->continued = !ends;
}

void log_format_bytes(const struct log_format *format, struct log_line *line,
		      const char *bytes, size_t length, struct buf *text)
{
	CLEANUP_BUF struct buf prefix = BUF_INIT;

	while (length) {
		const char *newline = memchr(bytes, '\n', length);
		size_t part = newline ? (size_t)(newline - bytes) : length;
		size_t room = sizeof(line->text) - line->length;
		bool whole = newline && part <= room;

		if (part > room)
			part = room;
		memcpy(line->text + line->length, bytes, part);
		line->length += part;
		if (whole || line->length == sizeof(line->text))
			put_line(format, &prefix, line, whole, text);
		part += whole;
		bytes += part;
		length -= part;
	}
}

void log_format_flush(const struct log_format *format, struct log_line *line,
		      struct buf *text)
{
	CLEANUP_BUF struct buf prefix = BUF_INIT;

	if (line->length)
		put_line(format, &prefix, line, true, text);
	line->continued = false;
}
