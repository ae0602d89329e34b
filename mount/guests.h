/*
 * Programs of `--exec` in a generation. What they execute of the image is the
 * operator's business and nobody's concern; what lies elsewhere is refused, and
 * an alarm about the generation, as if the service had tried.
 *
 * The client gets one end of a channel (channel.h), through which the confined
 * process sends the listener of its filter before it executes anything. The
 * listener is watched until the last process with that filter has ended.
 */
#ifndef JAILMOUNT_GUESTS_H
#define JAILMOUNT_GUESTS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

struct life;

enum { GUESTS_MAX = 64 /* of a generation at the same time */ };

/* Expect one more. *ret_channel is the caller's to give away. -EBUSY if there
 * are too many. */
int guests_expect(struct life *life, int *ret_channel,
		  struct diag *diag) MUST_CHECK;

/* Receive from them, or do not for a while: life_flooded(). */
void guests_listen(struct life *life, bool listening);

/* Nobody is watched any more. */
void guests_done(struct life *life);

#endif
