/*
 * Evidence of generations that go, taken by children of the supervisor's.
 *
 * A generation that gave its place to a pristine one is held still, so that
 * it can neither hide nor destroy anything, while a child writes down what it
 * is and what it has written. Only then does it hear that it is to finish.
 * When it has ended, what it did upon hearing it is written down too, if it
 * did anything.
 */
#ifndef JAILMOUNT_EVIDENCE_H
#define JAILMOUNT_EVIDENCE_H

#include "lib/base.h"
#include "mount/life.h"

#include <stdbool.h>

struct supervisor;
struct evidence_taking; /* one of them, under way */

enum {
	EVIDENCE_HOLD_US = 1000000, /* how long it is held still at most */
	EVIDENCE_PATIENCE_US = 60 * 1000000, /* and how long it may take */
};

/*
 * Take it of the current generation, or of one in the supervisor's list of old
 * ones, then tell it to finish; that happens in any case. `reason` is why it
 * goes, static text.
 */
void evidence_take(struct supervisor *supervisor, struct life *life,
		   const char *reason);

/* The same generation has ended. To be called before it is freed. */
void evidence_take_rest(struct supervisor *supervisor, const struct life *life);

/* Give up what is under way. */
void evidence_cancel(struct supervisor *supervisor);

#endif
