/*
 * Looking up the peers' names once more, before a generation is started: names
 * move. A child of the supervisor does it, since those who answer may take
 * their time. In a network of the jail's own the filter admits them from then
 * on.
 */
#ifndef JAILMOUNT_PEER_LOOKUP_H
#define JAILMOUNT_PEER_LOOKUP_H

#include "lib/base.h"
#include "mount/errand.h"

#include <stdbool.h>

struct supervisor;
struct edition;

enum { PEER_LOOKUP_PATIENCE_US = 5 * 1000000 };

struct peer_lookup {
	struct supervisor *supervisor;
	struct edition *edition;
	struct errand errand;
	int results; /* a file in memory, that the child writes */
	void (*over)(struct supervisor *supervisor);
};

#define PEER_LOOKUP_INIT                                                       \
	((struct peer_lookup){ .errand = ERRAND_INIT, .results = -1 })

/*
 * True if it has begun: `over` is called when the edition's peers are
 * renewed, or are to stay as they are, of which the log then tells. False if
 * there are no names, or if nothing could be begun.
 */
bool peer_lookup_begin(struct peer_lookup *lookup,
		       struct supervisor *supervisor, struct edition *edition,
		       void (*over)(struct supervisor *supervisor));

/* Leave it, without a word. Harmless when none is under way. */
void peer_lookup_cancel(struct peer_lookup *lookup);

#endif
