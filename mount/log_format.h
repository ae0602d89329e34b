/*
 * From the bytes of a stream to lines of a log file; and the file. The parts
 * of logs.h that know nothing of generations and events.
 */
#ifndef JAILMOUNT_LOG_FORMAT_H
#define JAILMOUNT_LOG_FORMAT_H

#include "lib/base.h"
#include "lib/buf.h"
#include "mount/logs.h"

#include <stdbool.h>

/* A line that has not ended yet. */
struct log_line {
	char text[LOGS_LINE_MAX];
	size_t length;
	bool continued; /* its beginning was written already */
};

/* The last lines, a ring. */
struct log_recent {
	struct buf lines[LOGS_RECENT_LINES];
	size_t count;
	char *text; /* of log_recent_text() */
};

void log_recent_done(struct log_recent *recent);

/* The lines, oldest first, joined by newlines; "" if there are none. */
const char *log_recent_text(struct log_recent *recent);

struct log_format {
	const char *origin;
	unsigned int generation;
	const char *stream;
	bool syslog;		   /* it is the one of /dev/log */
	struct log_recent *recent; /* or NULL */
	struct journal *journal;   /* to which each line is written, or NULL */
};

/* Append the lines that `length` bytes complete, all with the time of now. */
void log_format_bytes(const struct log_format *format, struct log_line *line,
		      const char *bytes, size_t length, struct buf *text);

/* Append what is left of an unfinished line, if anything is. */
void log_format_flush(const struct log_format *format, struct log_line *line,
		      struct buf *text);

/* Append whole lines to the sink's file, which is renamed when it is full. */
void log_sink_write(struct log_sink *sink, const struct buf *text);

/*
 * The foreground's standard output or error: a descriptor of our own where
 * there can be one, not blocking, whose flags nobody else shares.
 */
int log_sink_output(struct log_sink *sink, bool error);
bool log_sink_is_ready(int fd); /* to be written to */
void log_sink_wait(int fd);	/* until it is */

#endif
