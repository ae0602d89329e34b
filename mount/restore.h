/*
 * --restore: a pristine generation takes the place of the one that runs.
 *
 * The image's bytes are hashed again, by a child, so that meanwhile the
 * supervisor goes on answering. Then a generation is started from a fresh loop
 * device, superblock and layers. When it is ready the old one is told to
 * finish. If anything fails before that, the old one goes on as if nothing had
 * been asked.
 *
 * Where each connection has a generation of its own there is none to be
 * replaced, and what remains is that the image is verified again, and those
 * that follow are mounted from a fresh superblock.
 */
#ifndef JAILMOUNT_RESTORE_H
#define JAILMOUNT_RESTORE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/edition.h"
#include "mount/errand.h"
#include "mount/life.h"
#include "mount/peer_lookup.h"

#include <jansson.h>
#include <stdbool.h>

struct supervisor;

enum { RESTORE_OLD_MAX = 32 /* generations that drain at the same time */ };

/* Microseconds that the parts of a restore took. */
struct restore_times {
	int64_t verify;
	int64_t start; /* until the program ran */
	int64_t ready; /* from there on until it was ready */
	int64_t total;
};

struct restore_order {
	uint64_t client;    /* who waits for the answer; 0: nobody */
	const char *reason; /* why evidence is to be taken of what it replaces,
			       static text; NULL: none is */
	/* Of another image, which update.c then answers for; or NULL. */
	struct edition *edition;
	bool verified;	    /* that image's bytes, a moment ago */
	int64_t quarantine; /* of what it replaces, microseconds; 0: none */
	bool force;	    /* it takes over even if it is not ready in time */
	/*
	 * Only to see how long it would take: when the new generation is ready
	 * it is told to finish, and the old one has been serving all the time.
	 * What clients the new one has taken meanwhile it answers first.
	 */
	bool drill;
};

struct restore {
	bool active;
	struct restore_order order;
	int64_t begun_at;
	struct errand verification;
	struct peer_lookup lookup;
	struct life *incoming;	    /* started, not ready yet */
	struct restore_times times; /* of the one under way */
	struct restore_times last;  /* of the last one that was completed */
	unsigned int count;	    /* how many were completed */
};

void restore_init(struct restore *restore);

/* Begin. The client is answered when it is over. */
int restore_begin(struct supervisor *supervisor,
		  const struct restore_order *order,
		  struct diag *diag) MUST_CHECK;

/* The incoming generation became ready, was late, or has ended. */
void restore_ready(struct supervisor *supervisor);
void restore_late(struct supervisor *supervisor);
void restore_ended(struct supervisor *supervisor);

json_t *restore_times_json(const struct restore_times *times);

/* Give it up, with an answer to whoever waits. Harmless if none is active. */
void restore_cancel(struct supervisor *supervisor, const char *reason);

#endif
