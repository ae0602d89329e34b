/*
 * Telling an operator who waits what is going on: one line on a terminal,
 * written over again and again, for what lasts longer than a second. Nothing
 * at all anywhere else.
 *
 * A thread of its own writes it, so that the line appears, and its seconds
 * count on, when what is told of has come to a standstill. That thread never
 * allocates: a child of a raw clone(2) may. Everything here may be called from
 * any thread, but begin and end.
 */
#ifndef JAIL_PROGRESS_H
#define JAIL_PROGRESS_H

#include "lib/base.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { PROGRESS_TEXT_MAX = 256 }; /* with the NUL */

struct progress {
	bool running; /* the thread is there: the rest counts */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool ending;
	bool shown;		       /* the line holds something */
	int64_t begun;		       /* milliseconds of CLOCK_MONOTONIC */
	char on[PROGRESS_TEXT_MAX];    /* what is worked on, printable */
	char doing[PROGRESS_TEXT_MAX]; /* what was told last, likewise */
	/* Not under the lock: */
	const char *phase;   /* that progress_bytes() tells of, */
	int64_t phase_begun; /* and since when */
};

/*
 * A new piece of work: its second begins. `on` names what it is about, at the
 * start of the line. Without a terminal to write to nothing is done, here and
 * in all that follows.
 */
void progress_begin(struct progress *progress, const char *on);

/* What is being done now. */
void progress_tell(struct progress *progress, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* `phase`, a literal, has come to `done` of `all` bytes: told with the share
 * and the speed. From one thread only. */
void progress_bytes(struct progress *progress, const char *phase, uint64_t done,
		    uint64_t all);

/* The line is away, and stays away until progress_release(): for whoever
 * prints something else on the terminal. */
void progress_hold(struct progress *progress);
void progress_release(struct progress *progress);

/* The line is away for good. Harmless for what never began, and twice. */
void progress_end(struct progress *progress);

#define CLEANUP_PROGRESS CLEANUP(progress_end)

#endif
