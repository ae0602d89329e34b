/*
 * --quarantine: a generation that was replaced lives on for a while, to be
 * looked at, without the network that it had.
 *
 * Its successor gets listening sockets of its own (reuseport.h). From the
 * hand-over on nothing new comes to the old generation, and what waits in its
 * queues is its successor's. It may neither bind nor call; to try is an alarm.
 * What it has accepted it may answer until its time to drain is over; then its
 * connections are shut, and again each second what was hidden until then. When
 * the quarantine is over evidence is taken of it once more, and it is killed.
 */
#ifndef JAILMOUNT_QUARANTINE_H
#define JAILMOUNT_QUARANTINE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/events.h"

#include <jansson.h>
#include <stdbool.h>

struct supervisor;
struct life;

#define QUARANTINE_MAX_US ((int64_t)31 * 24 * 3600 * 1000000)

enum {
	QUARANTINES_MAX = 4,		/* of a jail at the same time */
	QUARANTINE_LOOK_US = 1000000,	/* between looks at its sockets */
	QUARANTINE_PROCESSES_MAX = 256, /* that --status lists */
};

/* Of one generation. */
struct quarantine {
	bool on;
	bool over;
	struct supervisor *supervisor;
	struct event_timer clock;
	int64_t until; /* events_now() */
};

/* 0, or why no generation of this jail can go there now. */
int quarantine_check(const struct supervisor *supervisor,
		     struct diag *diag) MUST_CHECK;

/* A generation that was replaced goes there, in no list of the supervisor's
 * any more. `reason` as for evidence_take(), or NULL. */
void quarantine_begin(struct supervisor *supervisor, struct life *life,
		      int64_t microseconds, const char *reason);

/* Evidence of it is taken: what follows? */
void quarantine_go_on(struct life *life);

/* End all of them at once: evidence, and SIGKILL. */
void quarantine_end_all(struct supervisor *supervisor);

/* It has ended. True if it was in quarantine, and is freed. */
bool quarantine_ended(struct supervisor *supervisor, struct life *life);

/* life_look_at_limits() of each. */
void quarantine_look_at_limits(struct supervisor *supervisor);

/* [{"generation","until","alarms","processes":[{"pid","command"}]}]; NULL
 * where there are none. */
json_t *quarantine_json(const struct supervisor *supervisor);

#endif
