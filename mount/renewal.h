/*
 * Restores that nobody asks for: by the clock, and for the causes that the
 * recipe names.
 *
 * Whoever has got into a jail could bring such a cause about again and again,
 * and a service that fails at once would be started at once: after the first,
 * each one that follows within a minute is put off, for twice as long as the
 * one before, a minute at most.
 */
#ifndef JAILMOUNT_RENEWAL_H
#define JAILMOUNT_RENEWAL_H

#include "lib/base.h"
#include "lib/config.h"
#include "mount/events.h"

#include <stdbool.h>

struct supervisor;

struct renewal {
	struct event_timer clock;   /* `restore every` */
	struct event_timer delayed; /* one that a cause has brought about */
	const char *reason;	    /* of that one */
	int64_t due;		    /* of the clock; events_now() */
	int64_t last;		    /* when one for a cause began */
	unsigned int in_a_row;
};

enum {
	RENEWAL_CALM_US = 60 * 1000000, /* after that the row is over */
	RENEWAL_DELAY_US = 1000000,	/* of the second one in a row */
	RENEWAL_DELAY_MAX_US = 60 * 1000000,
};

/* The first generation is ready. */
void renewal_begin(struct supervisor *supervisor);
void renewal_end(struct supervisor *supervisor);

/* There is a cause: restore if the recipe names it, soon. `reason`, static
 * text, is why evidence is taken. True if there will be one, for this cause or
 * for another. */
bool renewal_cause(struct supervisor *supervisor,
		   enum config_restore_cause cause, const char *reason);

/* How long the n-th in a row is put off, the first being 0. Pure. */
int64_t renewal_delay(unsigned int in_a_row);

#endif
