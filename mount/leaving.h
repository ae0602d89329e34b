/*
 * A generation that was replaced, before it hears of its end.
 *
 * Nothing new comes to it any more (custody_handover.c). What waits for it it
 * may still accept, and what it has accepted it may answer: for a moment, which
 * is over when no connection is left; or, if its stop signal is SIGKILL, for
 * its whole time to drain. So a service that drops what it has at its stop
 * signal drops nothing that is short.
 */
#ifndef JAILMOUNT_LEAVING_H
#define JAILMOUNT_LEAVING_H

#include "lib/base.h"

struct life;

enum {
	LEAVING_LEAST_US = 100000, /* who is on the way has arrived by then */
	LEAVING_MOST_US = 1000000,
	LEAVING_LOOK_US = 20000, /* between the first looks; then it doubles */
	LEAVING_LOOK_MAX_US = 160000,
};

/* life_stop() when the moment is over. While it is held nothing follows but
 * that whoever waits for it is handed over. */
void leaving_begin(struct life *life);

#endif
