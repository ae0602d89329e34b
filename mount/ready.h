/*
 * When a generation is ready to take over.
 *
 *   exec    its program runs
 *   listen  its first socket serves: listen(2) on one that the supervisor
 *           gave it, or bind(2) of a UDP one; of several services as many
 *           ports as there are services, if the image names so many, but no
 *           later than READY_OTHERS_US after the first
 *   http    and then, a GET is answered with 2xx or 3xx
 *   notify  it says so
 *
 * While an older generation accepts connections from the same socket it could
 * be the one that answers. For a probe the older ones are therefore held still
 * (`hold`) until it is accepted, for PROBE_SLICE_US at the longest.
 */
#ifndef JAILMOUNT_READY_H
#define JAILMOUNT_READY_H

#include "lib/base.h"
#include "lib/config.h"
#include "mount/events.h"
#include "mount/probe.h"
#include "mount/socket_address.h"

#include <stdbool.h>

enum {
	READY_ADDRESSES_MAX = 16,
	READY_OTHERS_US = 1000000,
	READY_PROBE_SLICE_US = 1000000,
	READY_PROBE_LOOK_US = 2000,   /* between looks whether it is accepted */
	READY_PROBE_PAUSE_US = 20000, /* doubled each time, up to the next */
	READY_PROBE_PAUSE_MAX_US = 320000,
};

struct ready {
	struct events *events;
	const struct config *config;
	/* Of the jail's own; NULL: the host's. */
	const struct network_namespace *network;
	/* Called once. The callee may release the struct. */
	void (*became_ready)(void *context);
	/* Hold the older generations still, or let them go. */
	void (*hold)(void *context, bool still);
	void *context;

	/* Where it serves TCP, as reached from here. */
	struct socket_address addresses[READY_ADDRESSES_MAX];
	size_t address_count;

	/* For ready.c alone. */
	size_t ports_wanted; /* of READY_ADDRESSES_MAX at most */
	uint32_t ports[READY_ADDRESSES_MAX];
	size_t port_count;
	bool done;
	bool holding;
	size_t attempt;
	struct probe probe;
	struct event_timer pause;
	struct event_timer look;
};

/* Fill in events, config, became_ready, hold and context first. */
void ready_init(struct ready *ready);

/* It counts as ready already: nothing is waited for, nobody is called. */
void ready_skip(struct ready *ready);

/* The program runs. */
void ready_started(struct ready *ready);

/* A socket of the generation serves now, reached at `target` from here; `udp`
 * ones are not probed. */
void ready_serving(struct ready *ready, const struct socket_address *target,
		   bool udp);

/* It says that it is ready. */
void ready_announced(struct ready *ready);

/* No more probing. Harmless at any time after ready_init(). */
void ready_cancel(struct ready *ready);

/* Where a client on this host reaches a socket bound to that address: the
 * loopback instead of "any". Pure. */
struct socket_address ready_target(const struct socket_address *bound,
				   bool v6only);

#endif
