#include "mount/ready.h"

#include "mount/accepted.h"

#include <sys/socket.h>

static void probe(struct ready *ready);
static void look(void *context);

/* Those of per-connection services the jail does not listen on. */
static bool is_taken(const struct config *config, uint16_t port)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (config->services[i].per_connection &&
		    config->services[i].port == port)
			return true;
	return false;
}

static size_t count_wanted(const struct config *config)
{
	size_t staying = 0, ports = 0;

	for (size_t i = 0; i < config->service_count; i++)
		staying += !config->services[i].per_connection;
	for (size_t i = 0; i < config->listen_count; i++)
		ports += config->listens[i].udp ||
			 !is_taken(config, config->listens[i].port);
	if (staying > READY_ADDRESSES_MAX)
		staying = READY_ADDRESSES_MAX;
	return staying < ports ? staying : ports;
}

void ready_init(struct ready *ready)
{
	ready->ports_wanted = count_wanted(ready->config);
	ready->port_count = 0;
	ready->done = false;
	ready->holding = false;
	ready->address_count = 0;
	ready->attempt = 0;
	ready->probe = PROBE_INIT;
	ready->pause = (struct event_timer){ 0 };
	ready->look = (struct event_timer){ .expired = look, .context = ready };
}

void ready_skip(struct ready *ready)
{
	ready->done = true;
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

static void count_port(struct ready *ready, uint16_t port, bool udp)
{
	uint32_t key = (uint32_t)port << 1 | udp;

	for (size_t i = 0; i < ready->port_count; i++)
		if (ready->ports[i] == key)
			return;
	if (ready->port_count < READY_ADDRESSES_MAX)
		ready->ports[ready->port_count++] = key;
}

static void waited_enough(void *context)
{
	finish(context);
}

/* Not every service need listen at all. */
static void wait_for_others(struct ready *ready)
{
	if (ready->pause.armed)
		return;
	ready->pause.expired = waited_enough;
	ready->pause.context = ready;
	if (events_arm(ready->events, &ready->pause,
		       events_now() + READY_OTHERS_US) < 0)
		finish(ready);
}

void ready_serving(struct ready *ready, const struct socket_address *target,
		   bool udp)
{
	bool first = ready->address_count == 0;

	if (!udp && ready->address_count < READY_ADDRESSES_MAX)
		ready->addresses[ready->address_count++] = *target;
	if (ready->done || ready->config->ready == CONFIG_READY_EXEC ||
	    ready->config->ready == CONFIG_READY_NOTIFY)
		return;
	count_port(ready, target->port, udp);
	if (ready->config->ready == CONFIG_READY_LISTEN &&
	    ready->port_count < ready->ports_wanted)
		wait_for_others(ready);
	else if (ready->config->ready == CONFIG_READY_LISTEN)
		finish(ready);
	else if (first && !udp)
		probe(ready);
}

void ready_announced(struct ready *ready)
{
	if (!ready->done && ready->config->ready == CONFIG_READY_NOTIFY)
		finish(ready);
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
	events_disarm(ready->events, &ready->look);
	hold(ready, false);
}

/* Whoever has accepted it is the new one, and answers. */
static void look(void *context)
{
	struct ready *ready = context;

	if (!ready->holding || ready->probe.source.fd < 0)
		return;
	if (is_accepted(ready->probe.source.fd, ready->network))
		hold(ready, false);
	else
		/* Without memory for a timer they are held to the end. */
		(void)!events_arm(ready->events, &ready->look,
				  events_now() + READY_PROBE_LOOK_US);
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
	ready->probe.network = ready->network;
	ready->probe.path = config->ready_path ? config->ready_path : "/";
	ready->probe.host = config->hostname ? config->hostname : "localhost";
	ready->probe.over = probed;
	ready->probe.context = ready;
	hold(ready, true);
	if (probe_start(&ready->probe, target, READY_PROBE_SLICE_US) < 0)
		try_later(ready);
	else
		look(ready);
}
