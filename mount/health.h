/*
 * `check http`: whether the service that serves is well, asked from when it is
 * ready on.
 */
#ifndef JAILMOUNT_HEALTH_H
#define JAILMOUNT_HEALTH_H

#include "lib/base.h"
#include "mount/events.h"
#include "mount/probe.h"

#include <stdbool.h>

struct supervisor;

struct health {
	struct probe probe;
	struct event_timer timer;
	size_t turn;	       /* which of its addresses is asked next */
	unsigned int failures; /* in a row */
	int64_t asked_time;    /* microseconds since 1970; 0: not yet */
	bool well;
};

#define HEALTH_INIT ((struct health){ .probe = PROBE_INIT, .well = true })

/* The current generation is another, or is ready: begin anew. */
void health_begin(struct supervisor *supervisor);
void health_end(struct supervisor *supervisor);

#endif
