/*
 * A message as syslog(3) sends it to /dev/log: "<PRIORITY>", the time, and
 * what is meant to be read.
 *
 * Format: RFC 3164, section 4.1, as the C libraries write it: without a host.
 */
#ifndef JAILMOUNT_SYSLOG_LINE_H
#define JAILMOUNT_SYSLOG_LINE_H

#include "lib/base.h"

struct syslog_line {
	int priority, facility; /* -1 where the message has none */
	const char *text;	/* of the message: without them and the time */
	size_t length;
};

/* Any bytes; what has another form is all text. Pure. */
struct syslog_line syslog_line_parse(const char *message, size_t length);

#endif
