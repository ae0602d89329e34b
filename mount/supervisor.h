/*
 * The supervisor of one jail: it owns the verified image, the listening
 * sockets, the logs and the generations, and ends when the last of them has.
 */
#ifndef JAILMOUNT_SUPERVISOR_H
#define JAILMOUNT_SUPERVISOR_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/alarms.h"
#include "mount/connections.h"
#include "mount/control.h"
#include "mount/custody.h"
#include "mount/edition.h"
#include "mount/events.h"
#include "mount/evidence.h"
#include "mount/health.h"
#include "mount/life.h"
#include "mount/logs.h"
#include "mount/manager.h"
#include "mount/network.h"
#include "mount/packet_watch.h"
#include "mount/plan.h"
#include "mount/renewal.h"
#include "mount/restore.h"
#include "mount/socket_address.h"
#include "mount/state.h"
#include "mount/superblock.h"
#include "mount/update.h"
#include "mount/verify.h"

#include <stdbool.h>

struct supervisor_options {
	const char *image_path; /* absolute: it may be read again */
	const char *name;
	char *const *listens; /* --listen */
	bool downgrade;	      /* an older version may run */
	/* Of verify.h, for images that come later: */
	uint64_t seal_limit;
	enum verity_use verity;
	/* What the host and the command line make of a contract. */
	const struct target *target;
	bool detach; /* logs leave, and readiness matters */
	enum log_choice log_to;
	const char *interface;	 /* --interface */
	char *const *gateways;	 /* --gateway */
	int standard_input;	 /* for the first generation; -1: none */
	struct explain *explain; /* NULL without --explain */
	/* Of the jail that the image is shared with, taken over; or NULL. */
	struct superblock_loan *loan;
	bool unshared;		   /* lend nothing either */
	struct sd_notify *manager; /* the service manager; NULL: none */
	/* The jail is ready. Not called when the start fails. */
	void (*ready)(void *context);
	void *context;
};

struct supervisor {
	const struct supervisor_options *options;
	struct edition *edition;      /* what serves comes from it */
	struct edition *editions;     /* all there are; a list */
	struct verified_image *image; /* the edition's */
	struct events events;
	struct state state;
	char *delegated; /* see cgroup_delegation.h; or NULL */
	struct network network;
	struct packet_watch packets;
	struct custody *custody;
	struct log_sink sink;
	struct control control;
	struct event_source signals;
	struct manager manager;
	struct alarms alarms;
	struct renewal renewal;
	struct health health;
	struct event_timer watching;   /* its limits */
	struct event_timer healing;    /* as long as there are old ones */
	struct superblock *superblock; /* what is mounted next, from this */
	unsigned int lent;	       /* how often it was lent */
	/* The one that serves, or will at first. NULL where each connection
	   has its own, and between two lives. */
	struct life *current;
	struct connections connections;
	struct life *old;	  /* those that were told to finish; a list */
	struct life *quarantined; /* another, see quarantine.h */
	struct restore restore;
	struct update update;
	struct evidence_taking *evidence; /* under way; a list */
	unsigned int last_number;
	bool was_ready; /* once, since the start */
	bool stopping;
	bool ended;
	int status;	      /* what the service gave */
	struct diag *failure; /* why the start failed, if it did */
	uint64_t stop_clients[CONTROL_CLIENTS_MAX];
	size_t stop_client_count;
	int64_t begun_time;   /* time_now() */
	struct errand noting; /* the version that runs */
	bool is_noting;
};

/*
 * Run a jail until it is over. 0 with what the service returned in
 * *ret_status, or a negative errno (or one of generation.h) when it could not
 * be started or, with `detach`, did not become ready. Nothing is left in
 * either case.
 *
 * The supervisor is the process that calls this. Signals that it handles are
 * blocked from then on.
 */
int supervisor_run(struct verified_image *image,
		   const struct supervisor_options *options, int *ret_status,
		   struct diag *diag) MUST_CHECK;

/* For restore.c, update.c, commands.c and connections.c: */

/* Fill in how generations of this edition are started and heard of. */
void supervisor_furnish(struct supervisor *supervisor, struct edition *edition);

/* If its UDP ports can send to anybody, once. */
void supervisor_tell_udp(struct supervisor *supervisor);

enum stop_evidence {
	STOP_EVIDENCE_AFTER_ALARMS, /* if there were any about what serves */
	STOP_EVIDENCE_NEVER,
	STOP_EVIDENCE_ALWAYS,
};

/* End the jail in good order. A client that wants to hear of it, or 0. */
void supervisor_stop(struct supervisor *supervisor, uint64_t client,
		     enum stop_evidence evidence);
/* A generation has ended: was it the last one? */
void supervisor_look_for_end(struct supervisor *supervisor);

/*
 * The generation that is ready takes the place of the current one, which is
 * told to finish, or goes to quarantine, after evidence of it was taken if the
 * order has a reason to.
 * `what` it was, "restored", is for the log.
 */
void supervisor_replace(struct supervisor *supervisor, struct life *life,
			const char *what, const struct restore_order *order);

/* Nothing serves, and what was to has failed: is there to be another? */
void supervisor_miss(struct supervisor *supervisor);

/* Forget the editions that nothing comes from any more. */
void supervisor_forget_editions(struct supervisor *supervisor);

/* supervisor_watches.c: the timers are not armed yet. */
void supervisor_init_watches(struct supervisor *supervisor);
/* Look at limits and closed ports, now and from now on. */
void supervisor_watch(struct supervisor *supervisor);
/* What a generation that finishes does to the shared sockets, wilfully or not,
 * must not be what the new one suffers from: now, and as long as there is one.
 */
void supervisor_heal(struct supervisor *supervisor);

/* Whose signature the image has goes into the log. */
void supervisor_tell_verdict(struct supervisor *supervisor);

/* What a plan takes from the supervisor, whatever the image. */
struct plan_options supervisor_plan(const struct supervisor *supervisor);

/* The network namespace of the jail's own; NULL: it has none. */
const struct network_namespace *
supervisor_network(const struct supervisor *supervisor);

/* Tell on the disk what runs. Failing that is logged. */
void supervisor_note_state(struct supervisor *supervisor);

/* A superblock over the verified bytes that nobody else has. */
int supervisor_new_superblock(const struct supervisor *supervisor,
			      const struct verified_image *image,
			      struct superblock **ret_superblock,
			      struct diag *diag) MUST_CHECK;

/* The generations that follow are mounted from that. */
void supervisor_set_superblock(struct supervisor *supervisor,
			       struct superblock *superblock);

/* The generation that is ready was wanted for a rehearsal only, and is told to
 * finish. */
void supervisor_dismiss(struct supervisor *supervisor, struct life *life);

#endif
