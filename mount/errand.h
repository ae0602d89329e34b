/*
 * An errand: something slow that a child of the supervisor's does meanwhile.
 *
 * The child has a copy of everything the supervisor had, ends with it, and
 * says how it went in one line of text. The supervisor is told when it is
 * over, from its loop.
 */
#ifndef JAILMOUNT_ERRAND_H
#define JAILMOUNT_ERRAND_H

#include "lib/base.h"
#include "lib/buf.h"
#include "mount/events.h"

#include <stdbool.h>

enum { ERRAND_TEXT_MAX = 512 };

struct errand {
	/* Set by who starts it. */
	struct events *events;
	/* In the child: 0 or a negative errno, and a line for `text`. What it
	 * allocates ends with it. */
	int (*work)(void *context, struct buf *text);
	/* In the supervisor, when the child has called errand_mark(); or NULL.
	 */
	void (*marked)(void *context);
	/* In the supervisor; may start it anew, or free what it is part of. */
	void (*over)(void *context, bool success);
	void *context;
	int64_t patience; /* microseconds until it is killed; 0: no limit */

	/* When `over` is called: what it said, NUL-terminated. */
	char text[ERRAND_TEXT_MAX];

	/* For errand.c alone. */
	size_t text_length;
	struct event_source exit; /* a pidfd */
	struct event_source report;
	struct event_timer deadline;
	bool running;
	int mark_fd; /* in the child */
};

#define ERRAND_INIT                                                            \
	((struct errand){ .exit = { .fd = -1 }, .report = { .fd = -1 } })

/* 0, or -errno with nothing started. */
int errand_start(struct errand *errand) MUST_CHECK;

/* In the child: what others wait for is done, what follows is not urgent. */
void errand_mark(const struct errand *errand);

/* Kill it, without a word. Harmless when it does not run. */
void errand_cancel(struct errand *errand);

#endif
