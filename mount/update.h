/*
 * --update: the jail goes on with another image, losing no request.
 *
 * The new image is verified by a child and becomes an edition of its own:
 * what it asks for is checked, its directories are opened and the ports that
 * are new are bound before anything changes. Then it is a restore whose
 * generation comes from the new image: started beside the one that serves,
 * ready first.
 *
 * From the hand-over on the new image is on trial. If it ends, if one of its
 * services starts again and again, or if its health check fails, the jail goes
 * back to the image before, whose bytes are kept until then, by another
 * hand-over. Restores meanwhile restore the new image. When the trial is over
 * the image before and the ports that only it had are let go.
 */
#ifndef JAILMOUNT_UPDATE_H
#define JAILMOUNT_UPDATE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/edition.h"
#include "mount/errand.h"
#include "mount/restore.h"

#include <jansson.h>
#include <stdbool.h>

struct supervisor;

#define UPDATE_TRIAL_MAX_US ((int64_t)7 * 24 * 3600 * 1000000)

enum {
	UPDATE_LOOK_US = 500000, /* between looks at what is on trial */
	UPDATE_RESTARTS_MAX = 3, /* of one of several services, on trial */
	UPDATE_ROLL_BACKS = 3,	 /* attempts, where nothing serves meanwhile */
	UPDATE_TEXT_SIZE = 512,
};

enum update_phase {
	UPDATE_NONE,
	UPDATE_VERIFYING, /* the new image's bytes, in a child */
	UPDATE_STARTING,  /* a generation of it is to become ready */
	UPDATE_TRIAL,
	UPDATE_ROLLING_BACK,
};

struct update_order {
	uint64_t client;
	const char *path;    /* absolute */
	char **listens;	     /* further words of --listen, or NULL */
	int64_t trial;	     /* microseconds; 0: none */
	bool force;	     /* not ready, or of another name: all the same */
	bool evidence;	     /* of the generation that goes */
	bool allow_unsigned; /* as for a start */
	bool downgrade;	     /* likewise */
};

struct update {
	enum update_phase phase;
	struct update_order order; /* without what it points to */
	char **listens;
	/* The edition that comes; from the hand-over on the one before. */
	struct edition *other;
	int file; /* what is to be copied, while it is verified; or -1 */
	struct errand verification;
	struct event_timer clock;
	int64_t begun_at;	    /* events_now() */
	int64_t until;		    /* of the trial; likewise */
	struct restore_times times; /* of the hand-over */
	bool goes_back;		    /* to a lower version */
	const char *why;	    /* it is rolled back, static text */
	unsigned int attempts;
	/* How the last one went. */
	int64_t told_time; /* time_now(); 0: there was none */
	char told[UPDATE_TEXT_SIZE];
};

void update_init(struct update *update);

/* Begin. The client is answered when the trial is over, or it has failed. */
int update_begin(struct supervisor *supervisor,
		 const struct update_order *order,
		 struct diag *diag) MUST_CHECK;

/* True while no restore may begin. */
bool update_is_busy(const struct supervisor *supervisor);

/* What is on trial is no good; `why` is static text. True if the image before
 * comes back, for this reason or for another. */
bool update_roll_back(struct supervisor *supervisor, const char *why);

/* Give it up, with an answer to whoever waits. What serves stays. */
void update_cancel(struct supervisor *supervisor, const char *reason);

/* "updating", "rolling back", or NULL. */
const char *update_state(const struct supervisor *supervisor);

/* "trial" and "last_update", if there are such. */
void update_add_status(const struct supervisor *supervisor, json_t *status);

/* --- For restore.c -------------------------------------------------------- */

/* The generation of the other edition is ready; NULL where each connection has
 * its own. */
void update_take_over(struct supervisor *supervisor, struct life *life,
		      const struct restore_order *order);
/* It has failed, and what served goes on serving, if anything did. */
void update_failed(struct supervisor *supervisor, struct diag *diag);

/* --- For update.c and update_begin.c -------------------------------------- */

/* It is over, whatever became of it: only what serves is left. */
void update_end(struct supervisor *supervisor);
/* What the client is told when all went well. */
json_t *update_answer(const struct supervisor *supervisor);
/* How what is on trial does: a timer's, whose context is the supervisor. */
void update_look(void *context);

#endif
