/*
 * How many messages a jail may send to its /dev/log: a bucket of tokens, kept
 * as the one moment at which it will be full again, and what did not pass.
 * One a jail, for all of its generations. Pure.
 */
#ifndef JAILMOUNT_LOG_RATE_H
#define JAILMOUNT_LOG_RATE_H

#include "lib/base.h"

#include <stdbool.h>

enum {
	LOG_RATE_SECOND = 1000, /* messages in the long run */
	LOG_RATE_BURST = 4000,	/* and at once */
	/* Who has been told that something was dropped is told again after
	   this time at the earliest. */
	LOG_RATE_TELL_US = 1000000,
};

struct log_rate {
	int64_t full_at; /* microseconds, as `now` */
	uint64_t dropped;
	int64_t tell_at; /* when something was dropped */
};

/* Whether one more passes; it is counted if not. */
bool log_rate_admit(struct log_rate *rate, int64_t now);

/* How many were dropped, if it is time to tell, or `last` is set; they are
 * forgotten then. Otherwise 0. */
uint64_t log_rate_tell(struct log_rate *rate, int64_t now, bool last);

#endif
