/* What the supervisor looks at by the clock: limits, and sockets that a
 * generation has spoilt or closed. */
#include "mount/supervisor.h"

enum { HEALING_US = 100000 /* between looks at the sockets */ };

void supervisor_heal(struct supervisor *supervisor)
{
	unsigned int healed = custody_heal(supervisor->custody);

	if (healed)
		log_event(&supervisor->sink, 0,
			  "%u sockets no longer listened, and do again",
			  healed);
	/* Without memory for a timer the end of each old one still heals. */
	if (supervisor->old)
		(void)!events_arm(&supervisor->events, &supervisor->healing,
				  events_now() + HEALING_US);
}

static void heal_in_turn(void *context)
{
	supervisor_heal(context);
}

/* What waits for a service that comes again, or for a generation that takes
 * over, waits on purpose. */
static void close_ports(struct supervisor *supervisor)
{
	const struct life *life = supervisor->current;
	unsigned int closed;

	if (!life || life->phase != LIFE_READY || supervisor->restore.active ||
	    !services_are_settled(&life->services))
		return;
	closed = custody_close(
		supervisor->custody,
		(struct custody_holder){
			.generation = life->number,
			.group = generation_cgroup(life->generation) });
	if (closed)
		log_event(&supervisor->sink, life->number,
			  "%u sockets that it has closed no longer listen",
			  closed);
}

void supervisor_watch(struct supervisor *supervisor)
{
	if (supervisor->current)
		life_look_at_limits(supervisor->current);
	close_ports(supervisor);
	connections_look_at_limits(supervisor);
	quarantine_look_at_limits(supervisor);
	/* Without memory for a timer it is not told what is met. */
	(void)!events_arm(&supervisor->events, &supervisor->watching,
			  events_now() + LIMIT_WATCH_PAUSE_US);
}

static void watch_in_turn(void *context)
{
	supervisor_watch(context);
}

void supervisor_init_watches(struct supervisor *supervisor)
{
	supervisor->healing = (struct event_timer){ .expired = heal_in_turn,
						    .context = supervisor };
	supervisor->watching = (struct event_timer){ .expired = watch_in_turn,
						     .context = supervisor };
}
