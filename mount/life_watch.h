/*
 * What is seen of a generation while it lives. For life.c.
 */
#ifndef JAILMOUNT_LIFE_WATCH_H
#define JAILMOUNT_LIFE_WATCH_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/life.h"

/* --- life_calls.c --------------------------------------------------------- */

/* Its notifications: the `ready` of an event source. */
void life_notified(void *context, short revents);

/* generation_io.starting, with --explain. */
int life_explain_start(void *context, struct generation *generation);

/* --- life_watch.c --------------------------------------------------------- */

/* What it announces of itself, if the contract wants to hear it. 0 or
 * -errno. */
int life_watch_announcements(struct life *life) MUST_CHECK;

/* Watch the tripwires that the contract names, if any. */
int life_watch_tripwires(struct life *life, struct diag *diag) MUST_CHECK;

#endif
