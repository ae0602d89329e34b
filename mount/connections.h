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

struct connections {
	struct connection_port *ports; /* one for each such service */
	size_t port_count;
};

/* Whether a contract has such services; and whether it has none that stays. */
bool connections_any(const struct config *config);
bool connections_only(const struct config *config);

/* Listen for all of them. Nothing to do where there are none. */
int connections_begin(struct supervisor *supervisor,
		      struct diag *diag) MUST_CHECK;

/* How many live. */
size_t connections_count(const struct supervisor *supervisor);

/* Accept no more, and tell those that live to finish. */
void connections_stop(struct supervisor *supervisor);
/* No more patience with them. */
void connections_kill(struct supervisor *supervisor);

/* To be called now and then: life_look_at_limits() of each. */
void connections_look_at_limits(struct supervisor *supervisor);

/* Nothing is left of them. Harmless where there were none. */
void connections_done(struct supervisor *supervisor);

/* [{"service","port","at_most","served","turned_away","generations":[N...]}];
 * NULL where there are none. */
json_t *connections_json(const struct supervisor *supervisor);

#endif
