/*
 * What the service manager hears of the jail (sd_notify.h), if there is one:
 * when it serves, when it is being restored or stopped, a line about how it
 * is, and, from the supervisor's loop, that this still turns.
 */
#ifndef JAILMOUNT_MANAGER_H
#define JAILMOUNT_MANAGER_H

#include "lib/base.h"
#include "mount/events.h"
#include "mount/sd_notify.h"

#include <stdbool.h>

struct supervisor;

enum {
	MANAGER_LOOK_US = 1000000, /* between looks at how it is */
	/* Longer than a service may take to become ready, or to finish. */
	MANAGER_MARGIN_US = 30 * 1000000,
	/* A socket that was taken over and that the service has not asked for
	 * by then is nobody's. */
	MANAGER_CLAIM_US = 60 * 1000000,
	MANAGER_STATUS_SIZE = 256,
};

struct manager {
	const struct sd_notify *notify; /* NULL: there is none */
	struct event_timer turn;
	bool was_ready;
	int64_t claims_end;		  /* events_now(); 0: over */
	char status[MANAGER_STATUS_SIZE]; /* as it was told last */
};

/* The start is under way. */
void manager_begin(struct supervisor *supervisor);
/* It serves, for the first time or after a restore, done or given up. */
void manager_ready(struct supervisor *supervisor);
void manager_restoring(struct supervisor *supervisor);
void manager_stopping(struct supervisor *supervisor);
void manager_end(struct supervisor *supervisor);

#endif
