/*
 * A generation in the supervisor's hands: what is watched of it, from its
 * start to its end.
 */
#ifndef JAILMOUNT_LIFE_H
#define JAILMOUNT_LIFE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/alarms.h"
#include "mount/custody.h"
#include "mount/diff.h"
#include "mount/events.h"
#include "mount/execution.h"
#include "mount/explain.h"
#include "mount/generation.h"
#include "mount/limit_watch.h"
#include "mount/listen_table.h"
#include "mount/logs.h"
#include "mount/plan.h"
#include "mount/quarantine.h"
#include "mount/ready.h"
#include "mount/services.h"
#include "mount/state.h"
#include "mount/tripwires.h"
#include "mount/verify.h"
#include "mount/witness.h"

#include <stdbool.h>

enum life_phase {
	LIFE_STARTING, /* its program runs, it is not ready */
	LIFE_READY,
	LIFE_STOPPING, /* was told to finish */
	LIFE_KILLED,   /* did not, in time */
};

struct life;

/* What all generations of a jail have in common; outlives them. */
struct life_setting {
	struct events *events;
	const struct verified_image *image; /* what they are made from */
	const struct plan *plan;
	const struct listen_table *listens;
	const struct peers *peers;
	/* NULL: all have the plan's range of user ids. Otherwise each takes one
	   of its own from there. */
	const struct state *own_ranges;
	struct custody *custody;
	struct explain *explain; /* NULL without --explain */
	struct log_sink *sink;
	struct control *control;
	int standard_input; /* -1: none */
	/* Of a service that is started for one connection; otherwise NULL. It
	   is ready at once. */
	char *const *arguments;
	int standard_output; /* of that; -1: the log */
	/* Called as things happen. `ended` may free the life, the others must
	 * not. */
	void (*ready)(void *context, struct life *life);
	void (*late)(void *context, struct life *life); /* not ready in time */
	void (*ended)(void *context, struct life *life);
	/* Something is not as it should be; the text is fit to be printed.
	 * NULL: once more, what the last text of this kind said. */
	void (*alarm)(void *context, struct life *life, enum alarm_kind kind,
		      const char *text);
	/* Hold all generations but this one still, or let them go. */
	void (*hold)(void *context, struct life *life, bool still);
	void *context;
};

/* Refusals, as fast as they come: they must not keep the supervisor busy. */
struct flood {
	int64_t began_at; /* the slice of time that is being counted */
	unsigned int count;
	struct event_timer over;
};

/* leaving.h */
struct leaving {
	struct event_timer clock;
	int64_t began_at;
	int64_t pause;	    /* to the next look */
	unsigned int looks; /* that somebody waited at */
};

struct life {
	struct life *next; /* in the supervisor's list of old ones */
	const struct life_setting *setting;
	unsigned int number;
	struct plan plan;	  /* the setting's, with the ids of this one */
	struct state_range range; /* where it has one of its own */
	enum life_phase phase;
	struct superblock *superblock; /* what it is mounted from */
	bool corruption_told;	       /* of that */
	struct generation *generation;
	struct logs *logs;
	struct ready ready;
	struct services services; /* zeroed where there is one */
	struct event_source exit;
	struct event_source notify;
	struct guest *guests; /* guests.h; a list */
	unsigned int guest_count;
	struct event_source announcements;
	struct log_rate announcement_rate;
	char *said; /* the last STATUS=, fit to be printed; NULL: none */
	struct event_source tripwire;
	struct tripwires tripwires;
	struct limit_watch limits;
	struct execution_image image;
	struct witness witness;
	struct flood flood;
	unsigned int alarms;	     /* how many were raised about it */
	struct event_timer deadline; /* to be ready, or to be gone */
	struct diff baseline;
	bool held; /* still, until its evidence is taken */
	struct leaving leaving;
	struct quarantine quarantine;
	const char *reason; /* why it goes, once evidence is taken of it */
	struct diff seen;   /* what its layers held then */
	int64_t begun_at;   /* events_now() */
	int64_t started_at; /* when the program ran */
	int64_t ready_at;
	int64_t begun_time; /* time_now() */
	int status;	    /* once it has ended */
};

/*
 * Start a generation from the image, which it keeps a reference to. On failure
 * nothing is left; the error is generation_start()'s.
 */
int life_start(const struct life_setting *setting,
	       struct superblock *superblock, unsigned int number,
	       struct life **ret_life, struct diag *diag) MUST_CHECK;

/* It is not ready, and takes over all the same. */
void life_count_as_ready(struct life *life);

/* Tell it to finish, at once, and kill it when its drain time is over. */
void life_stop(struct life *life);

/* No more patience. */
void life_kill(struct life *life);

/* Whether it has met one of its limits, or a block that is not the image's; to
 * be called now and then. */
void life_look_at_limits(struct life *life);

/* Pass a signal on to the service. */
void life_signal(struct life *life, int signal);

/* Nothing of it is left afterwards. NULL is fine. */
void life_free(struct life *life);

#endif
