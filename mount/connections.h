/*
 * Services that are started for each connection. The supervisor accepts at
 * their ports itself and starts a generation of its own for each: fresh
 * layers, namespaces and control group, with the connection as standard input
 * and output. It ends with the program, and the connection with it.
 *
 * No more than `at_most` of a service live at once: those who come then wait
 * in the kernel's queue. Who begins more than `source_most` in its time is
 * turned away.
 *
 * The sockets come from custody, and so does what holds for the connections:
 * one_way.h's filter is inherited by what is accepted.
 */
#ifndef JAILMOUNT_CONNECTIONS_H
#define JAILMOUNT_CONNECTIONS_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <jansson.h>
#include <stdbool.h>

struct supervisor;
struct connection_port;

enum {
	CONNECTIONS_BACKLOG = 128,
	CONNECTIONS_TELL_US = 10 * 1000000, /* between words on turning away */
	CONNECTIONS_PAUSE_US = 1000000,	    /* when descriptors run out */
};

struct edition;

struct connections {
	/* One for each such service of each edition; a list. */
	struct connection_port *ports;
};

/* Whether a contract has such services; and whether it has none that stays. */
bool connections_any(const struct config *config);
bool connections_only(const struct config *config);

/* What an edition's services need, which is furnished. They do not listen. */
int connections_prepare(struct supervisor *supervisor, struct edition *edition,
			struct diag *diag) MUST_CHECK;

/*
 * Listen for all services of the supervisor's edition, which were prepared, and
 * for no other's; whoever is served by those goes on.
 */
int connections_begin(struct supervisor *supervisor,
		      struct diag *diag) MUST_CHECK;

/* How many live; and whether any is of that edition. */
size_t connections_count(const struct supervisor *supervisor);
bool connections_use(const struct supervisor *supervisor,
		     const struct edition *edition);

/* The edition goes, which nobody uses. */
void connections_forget(struct supervisor *supervisor,
			const struct edition *edition);

/* Accept no more, and tell those that live to finish. */
void connections_stop(struct supervisor *supervisor);
/* No more patience with them. */
void connections_kill(struct supervisor *supervisor);

/* To be called now and then: life_look_at_limits() of each. */
void connections_look_at_limits(struct supervisor *supervisor);

/* Nothing is left of them. Harmless where there were none. */
void connections_done(struct supervisor *supervisor);

/* [{"service","port","at_most","served","turned_away","generations":[N...]}];
 * of an edition that is no longer the supervisor's, those that have visitors
 * yet, with "leaving":true. NULL where there are none. */
json_t *connections_json(const struct supervisor *supervisor);

#endif
