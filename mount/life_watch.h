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

/* --- life_witness.c ------------------------------------------------------- */

/* The programs that the jail itself has started. */
int life_witness_start(struct life *life, struct diag *diag) MUST_CHECK;

/*
 * Take note of an execution or of a refused call, and raise the alarm that it
 * deserves. Zero if the kernel is to go on with the call, or a negative errno
 * that it is to fail with. The first must not be said of any other call than
 * execve(2) and execveat(2), and with --explain is of those that it looks at.
 */
int life_witness(struct life *life, const struct caller *caller);

/* The same for an execution by a program of --exec, put to us at `notify_fd`:
 * those of the image are none of ours. */
int life_witness_guest(struct life *life, int notify_fd,
		       const struct caller *caller);

/* A call was refused. When there are too many, the others wait for a moment. */
void life_flooded(struct life *life);

/* --- life_watch.c --------------------------------------------------------- */

/* What it announces of itself, if the contract wants to hear it. 0 or
 * -errno. */
int life_watch_announcements(struct life *life) MUST_CHECK;

/* Watch the tripwires that the contract names, if any. */
int life_watch_tripwires(struct life *life, struct diag *diag) MUST_CHECK;

#endif
