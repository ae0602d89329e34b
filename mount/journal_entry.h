/*
 * An entry for the host's journal in its native protocol: "FIELD=value" and a
 * newline; a value that holds a newline itself as "FIELD", a newline, its
 * length in 8 bytes, little-endian, the value, and a newline. Pure.
 *
 * Format: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
 */
#ifndef JAILMOUNT_JOURNAL_ENTRY_H
#define JAILMOUNT_JOURNAL_ENTRY_H

#include "lib/base.h"
#include "lib/buf.h"

#include <stdbool.h>

/* syslog(3)'s. */
enum {
	JOURNAL_WARNING = 4,
	JOURNAL_NOTICE = 5,
	JOURNAL_INFO = 6,
};

/* What is the same for every line of a jail. */
struct journal_origin {
	const char *jail;
	const char *version; /* or NULL */
	const char *root_hash;
};

struct journal_line {
	int priority;
	int facility;		 /* as a message to /dev/log says; -1: daemon */
	unsigned int generation; /* 0: of none */
	const char *stream; /* "stdout", "stderr", "log"; of the supervisor's
			       own lines "jailmount" */
	bool own;	    /* it is one of those */
	bool continued;	    /* the line has begun in an entry before */
	const char *message;
	size_t length;
};

/* The fields of the origin. */
void journal_entry_origin(const struct journal_origin *origin,
			  struct buf *fields);

/*
 * An entry, but for the fields of its origin. Who reads the journal by its
 * identifiers has a jail's lines under the jail's name, and the supervisor's
 * under "jailmount", which no jail can write under.
 */
void journal_entry_line(const char *jail, const struct journal_line *line,
			struct buf *entry);

#endif
