/*
 * The supervisor's one loop: descriptors and deadlines, each with the
 * function to call when its turn has come.
 *
 * Sources and timers are embedded in what they belong to and are not owned
 * here. A function that is called may add and remove any of them, itself
 * included. poll(2) and not epoll: there are some dozens of descriptors, and
 * a poll set cannot go stale when a child still shares one of them.
 */
#ifndef JAILMOUNT_EVENTS_H
#define JAILMOUNT_EVENTS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <poll.h>
#include <stdbool.h>

struct event_source {
	int fd;
	short events; /* as in poll(2); may be changed at any time */
	void (*ready)(void *context, short revents);
	void *context;
	bool added; /* kept by events_add() and events_remove() */
};

struct event_timer {
	int64_t due; /* by events_now() */
	void (*expired)(void *context);
	void *context;
	bool armed; /* kept by events_arm() and events_disarm() */
};

struct events {
	struct event_source **sources; /* NULL where one was removed */
	size_t source_count;
	struct event_timer **timers; /* likewise */
	size_t timer_count;
	struct pollfd *polled; /* room for source_count of them */
};

#define EVENTS_INIT ((struct events){ 0 })

void events_done(struct events *events);

/* Microseconds of CLOCK_MONOTONIC. */
int64_t events_now(void);

/* 0, or -ENOMEM with nothing added. */
int events_add(struct events *events, struct event_source *source) MUST_CHECK;
/* Harmless for a source that is not there. */
void events_remove(struct events *events, struct event_source *source);

/* Call it once, at `due` or as soon as possible after; arming it again moves
 * it. 0 or -ENOMEM. */
int events_arm(struct events *events, struct event_timer *timer,
	       int64_t due) MUST_CHECK;
void events_disarm(struct events *events, struct event_timer *timer);

/* Wait for the next of them and call what is ready. 0 or -errno. */
int events_run_once(struct events *events) MUST_CHECK;

#endif
