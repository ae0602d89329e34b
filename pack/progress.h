/*
 * Telling an operator who waits what is going on: one line on a terminal,
 * overwritten again and again, for what lasts longer than a second. Nothing
 * at all anywhere else.
 */
#ifndef JAILPACK_PROGRESS_H
#define JAILPACK_PROGRESS_H

#include "lib/base.h"

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool terminal;
	bool shown;    /* the line holds something */
	int64_t begun; /* milliseconds of CLOCK_MONOTONIC */
	int64_t told;
};

/* A new piece of work: its second begins. */
void progress_begin(struct progress *progress);

/* Show the text if it is time for it. */
void progress_tell(struct progress *progress, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* Take the line away, before anything else is printed. */
void progress_clear(struct progress *progress);

#endif
