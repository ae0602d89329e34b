/*
 * --restore: a pristine generation takes the place of the one that runs.
 *
 * The image's bytes are hashed again, by a child, so that meanwhile the
 * supervisor goes on answering. Then a generation is started from a fresh loop
 * device, superblock and layers. When it is ready the old one is told to
 * finish. If anything fails before that, the old one goes on as if nothing had
 * been asked.
 */
#ifndef JAILMOUNT_RESTORE_H
#define JAILMOUNT_RESTORE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/events.h"
#include "mount/life.h"

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

struct restore {
	bool active;
	uint64_t client; /* who waits for the answer */
	int64_t begun_at;
	struct event_source verification; /* the child; fd -1 if none */
	struct event_source report;	  /* what it says, a pipe */
	char text[512];
	size_t text_length;
	struct life *incoming;	    /* started, not ready yet */
	struct restore_times times; /* of the last one that was completed */
	unsigned int count;	    /* how many were completed */
};

void restore_init(struct restore *restore);

/* Begin. The client is answered when it is over. */
int restore_begin(struct supervisor *supervisor, uint64_t client,
		  struct diag *diag) MUST_CHECK;

/* The incoming generation became ready, was late, or has ended. */
void restore_ready(struct supervisor *supervisor);
void restore_late(struct supervisor *supervisor);
void restore_ended(struct supervisor *supervisor);

/* Give it up, with an answer to whoever waits. Harmless if none is active. */
void restore_cancel(struct supervisor *supervisor, const char *reason);

#endif
