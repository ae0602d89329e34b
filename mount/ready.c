#include "mount/ready.h"

#include <sys/socket.h>

static void probe(struct ready *ready);

void ready_init(struct ready *ready)
{
	ready->done = false;
	ready->holding = false;
	ready->address_count = 0;
	ready->attempt = 0;
	ready->probe = PROBE_INIT;
	ready->pause = (struct event_timer){ 0 };
}

static void finish(struct ready *ready)
{
	ready_cancel(ready);
	ready->done = true;
	ready->became_ready(ready->context);
}

void ready_started(struct ready *ready)
{
	if (!ready->done && ready->config->ready == CONFIG_READY_EXEC)
		finish(ready);
}

void ready_serving(struct ready *ready, const struct socket_address *target,
		   bool udp)
{
	bool first = ready->address_count == 0;

	if (!udp && ready->address_count < READY_ADDRESSES_MAX)
		ready->addresses[ready->address_count++] = *target;
	if (ready->done || ready->config->ready == CONFIG_READY_EXEC)
		return;
	if (ready->config->ready == CONFIG_READY_LISTEN)
		finish(ready);
	else if (first && !udp)
		probe(ready);
}

struct socket_address ready_target(const struct socket_address *bound,
				   bool v6only)
{
	struct socket_address target = *bound;

	if (!socket_address_is_any(bound))
		return target;
	if (bound->family == AF_INET6 && v6only) {
		target.bytes[15] = 1;
	} else {
		target.family = AF_INET;
		target.bytes[0] = 127;
		target.bytes[3] = 1;
	}
	return target;
}

/* --- One probe ------------------------------------------------------------ */

static void hold(struct ready *ready, bool still)
{
	if (ready->holding != still)
		ready->hold(ready->context, still);
	ready->holding = still;
}

void ready_cancel(struct ready *ready)
{
	probe_cancel(&ready->probe);
	events_disarm(ready->events, &ready->pause);
	hold(ready, false);
}

static void pause_over(void *context)
{
	probe(context);
}

static void try_later(struct ready *ready)
{
	int64_t pause = READY_PROBE_PAUSE_US;

	hold(ready, false);
	for (size_t i = 0; i < ready->attempt / ready->address_count; i++)
		if (pause < READY_PROBE_PAUSE_MAX_US)
			pause *= 2;
	ready->attempt++;
	ready->pause.expired = pause_over;
	ready->pause.context = ready;
	/* Without memory for a timer it times out in the end. */
	(void)!events_arm(ready->events, &ready->pause, events_now() + pause);
}

static void probed(void *context, bool success)
{
	struct ready *ready = context;

	if (success)
		finish(ready);
	else
		try_later(ready);
}

static void probe(struct ready *ready)
{
	const struct config *config = ready->config;
	const struct socket_address *target =
		&ready->addresses[ready->attempt % ready->address_count];

	ready->probe.events = ready->events;
	ready->probe.path = config->ready_path ? config->ready_path : "/";
	ready->probe.host = config->hostname ? config->hostname : "localhost";
	ready->probe.over = probed;
	ready->probe.context = ready;
	hold(ready, true);
	if (probe_start(&ready->probe, target, READY_PROBE_SLICE_US) < 0)
		try_later(ready);
}
