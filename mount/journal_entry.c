#include "mount/journal_entry.h"

#include "lib/le.h"

#include <string.h>

enum { FACILITY_DAEMON = 3 };

static void add(struct buf *entry, const char *field, const char *value,
		size_t length)
{
	uint8_t number[8];

	buf_puts(entry, field);
	if (memchr(value, '\n', length)) {
		le64_put(number, length);
		buf_putc(entry, '\n');
		buf_append(entry, number, sizeof(number));
	} else {
		buf_putc(entry, '=');
	}
	buf_append(entry, value, length);
	buf_putc(entry, '\n');
}

static void add_text(struct buf *entry, const char *field, const char *value)
{
	add(entry, field, value, strlen(value));
}

void journal_entry_origin(const struct journal_origin *origin,
			  struct buf *fields)
{
	add_text(fields, "JAIL_NAME", origin->jail);
	if (origin->version && *origin->version)
		add_text(fields, "JAIL_VERSION", origin->version);
	add_text(fields, "JAIL_ROOT_HASH", origin->root_hash);
}

void journal_entry_line(const char *jail, const struct journal_line *line,
			struct buf *entry)
{
	int facility = line->facility < 0 ? FACILITY_DAEMON : line->facility;

	add(entry, "MESSAGE", line->message, line->length);
	buf_printf(entry, "PRIORITY=%d\nSYSLOG_FACILITY=%d\n", line->priority,
		   facility);
	add_text(entry, "SYSLOG_IDENTIFIER", line->own ? "jailmount" : jail);
	add_text(entry, "JAIL_STREAM", line->stream);
	if (line->generation)
		buf_printf(entry, "JAIL_GENERATION=%u\n", line->generation);
	if (line->continued)
		buf_puts(entry, "JAIL_CONTINUED=1\n");
}
