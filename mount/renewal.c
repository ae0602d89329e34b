#include "mount/renewal.h"

#include "mount/supervisor.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int64_t renewal_delay(unsigned int in_a_row)
{
	int64_t delay = RENEWAL_DELAY_US;

	if (in_a_row == 0)
		return 0;
	while (--in_a_row > 0 && delay < RENEWAL_DELAY_MAX_US)
		delay *= 2;
	return delay < RENEWAL_DELAY_MAX_US ? delay : RENEWAL_DELAY_MAX_US;
}

/* Evenly from 0 to `most`, so that nobody knows when. */
static uint64_t random_part(uint64_t most)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		number = (uint64_t)events_now();
	return most ? number % (most + 1) : 0;
}

static void arm_clock(struct supervisor *supervisor)
{
	const struct config_restore *restore =
		&supervisor->image->config.restore;
	struct renewal *renewal = &supervisor->renewal;
	uint64_t wait = restore->every_milliseconds +
			random_part(restore->jitter_milliseconds);

	renewal->due = events_now() + (int64_t)wait * 1000;
	if (events_arm(&supervisor->events, &renewal->clock, renewal->due) < 0)
		log_event(&supervisor->sink, 0,
			  "no memory for the next restore by the clock");
}

/* Something that is over soon stands in the way. */
static bool is_passing(int error)
{
	return error == -EBUSY || error == -EAGAIN;
}

static void begin(struct supervisor *supervisor, const char *reason)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const struct restore_order order = { .reason = reason };
	int r = restore_begin(supervisor, &order, &diag);

	if (r < 0 && !is_passing(r))
		log_event(&supervisor->sink, 0, "cannot restore: %s",
			  diag.text ? diag.text : strerror(-r));
}

static void clock_expired(void *context)
{
	struct supervisor *supervisor = context;
	const struct life *life = supervisor->current;

	/* A generation that nothing is known against goes unexamined. */
	begin(supervisor, life && life->alarms
				  ? "restored by the clock, after alarms"
				  : NULL);
	arm_clock(supervisor);
}

static void delay_expired(void *context)
{
	struct supervisor *supervisor = context;
	struct renewal *renewal = &supervisor->renewal;
	const struct restore_order order = { .reason = renewal->reason };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r;

	renewal->last = events_now();
	r = restore_begin(supervisor, &order, &diag);
	if (r == 0)
		return;
	if (is_passing(r) && events_arm(&supervisor->events, &renewal->delayed,
					events_now() + RENEWAL_DELAY_US) == 0)
		return;
	log_event(&supervisor->sink, 0, "cannot restore: %s",
		  diag.text ? diag.text : strerror(-r));
}

void renewal_begin(struct supervisor *supervisor)
{
	struct renewal *renewal = &supervisor->renewal;

	renewal->clock = (struct event_timer){ .expired = clock_expired,
					       .context = supervisor };
	renewal->delayed = (struct event_timer){ .expired = delay_expired,
						 .context = supervisor };
	if (supervisor->image->config.restore.every_milliseconds)
		arm_clock(supervisor);
}

void renewal_end(struct supervisor *supervisor)
{
	events_disarm(&supervisor->events, &supervisor->renewal.clock);
	events_disarm(&supervisor->events, &supervisor->renewal.delayed);
}

bool renewal_cause(struct supervisor *supervisor,
		   enum config_restore_cause cause, const char *reason)
{
	struct renewal *renewal = &supervisor->renewal;
	int64_t now = events_now(), delay;

	if (renewal->delayed.armed)
		return true;
	if (!(supervisor->image->config.restore.causes & (unsigned int)cause) ||
	    !supervisor->was_ready || supervisor->stopping)
		return false;
	if (renewal->last && now - renewal->last > RENEWAL_CALM_US)
		renewal->in_a_row = 0;
	delay = renewal_delay(renewal->in_a_row++);
	renewal->reason = reason;
	if (events_arm(&supervisor->events, &renewal->delayed, now + delay) < 0)
		return false;
	if (delay)
		log_event(&supervisor->sink, 0, "will restore in %g s: %s",
			  (double)delay / 1000000, reason);
	return true;
}
