/*
 * A service for each connection, at the port that it is reached by; for
 * connections.c, where those who come are served, and connection_ports.c, where
 * all such services of all editions are.
 */
#ifndef JAILMOUNT_CONNECTION_PORT_H
#define JAILMOUNT_CONNECTION_PORT_H

#include "lib/base.h"
#include "mount/connections.h"
#include "mount/source_rate.h"
#include "mount/supervisor.h"

struct connection_port {
	struct connection_port *next;
	struct supervisor *supervisor;
	const struct edition *edition;
	const struct config_service *service;
	struct life_setting setting;
	struct event_source source; /* the socket of custody's */
	struct event_timer pause;
	struct life *lives; /* a list */
	size_t live_count;
	uint64_t served;
	unsigned int crashes; /* ended by signals of their own */
	uint64_t turned_away;
	uint64_t told; /* how many of those the log knows of */
	int64_t told_at;
	bool full; /* since somebody was told so */
	struct source_rate rate;
};

/* Of a port that is zeroed: everything but where it listens. */
void connection_port_fill(struct connection_port *port,
			  struct supervisor *supervisor,
			  const struct edition *edition,
			  const struct config_service *service);

/* It is among the port's no more. Harmless if it was not. */
void connection_port_forget(struct connection_port *port,
			    const struct life *life);

/* Somebody waits at `source`. */
void connection_port_accept(void *context, short revents);

#endif
