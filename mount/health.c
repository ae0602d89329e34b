#include "mount/health.h"

#include "mount/clock.h"
#include "mount/supervisor.h"

static void ask_later(struct supervisor *supervisor)
{
	const struct config_health *check = &supervisor->image->config.health;
	int64_t pause = (int64_t)check->every_milliseconds * 1000;

	if (events_arm(&supervisor->events, &supervisor->health.timer,
		       events_now() + pause) < 0)
		log_event(&supervisor->sink, 0,
			  "no memory for the next health check");
}

static void answered(void *context, bool success)
{
	struct supervisor *supervisor = context;
	struct health *health = &supervisor->health;
	const struct config_health *check = &supervisor->image->config.health;

	health->asked_time = time_now();
	health->failures = success ? 0 : health->failures + 1;
	if (success && !health->well && supervisor->current) {
		health->well = true;
		log_event(&supervisor->sink, supervisor->current->number,
			  "is well again");
	} else if (health->failures == check->failures && supervisor->current) {
		health->well = false;
		alarm_raise(supervisor, supervisor->current, ALARM_UNHEALTHY,
			    "GET %s failed %u times in a row", check->path,
			    health->failures);
	}
	ask_later(supervisor);
}

static void ask(void *context)
{
	struct supervisor *supervisor = context;
	const struct config *config = &supervisor->image->config;
	struct health *health = &supervisor->health;
	const struct life *life = supervisor->current;
	const struct socket_address *target;

	if (!life || life->ready.address_count == 0) {
		answered(supervisor, false);
		return;
	}
	target =
		&life->ready
			 .addresses[health->turn++ % life->ready.address_count];
	health->probe.events = &supervisor->events;
	health->probe.network = supervisor_network(supervisor);
	health->probe.path = config->health.path;
	health->probe.host = config->hostname ? config->hostname : "localhost";
	health->probe.over = answered;
	health->probe.context = supervisor;
	if (probe_start(&health->probe, target,
			(int64_t)config->health.timeout_milliseconds * 1000) <
	    0)
		answered(supervisor, false);
}

void health_begin(struct supervisor *supervisor)
{
	if (!supervisor->image->config.health.path)
		return;
	health_end(supervisor);
	supervisor->health = HEALTH_INIT;
	supervisor->health.timer = (struct event_timer){
		.expired = ask,
		.context = supervisor,
	};
	ask_later(supervisor);
}

void health_end(struct supervisor *supervisor)
{
	probe_cancel(&supervisor->health.probe);
	events_disarm(&supervisor->events, &supervisor->health.timer);
}
