#include "mount/leaving.h"

#include "mount/life.h"
#include "mount/severing.h"

#include <signal.h>

static int64_t moment_of(const struct life *life)
{
	const struct config *config = life->setting->plan->config;
	int64_t drain = (int64_t)config->drain_milliseconds * 1000;

	if (config->stop_signal == SIGKILL || drain < LEAVING_MOST_US)
		return drain;
	return LEAVING_MOST_US;
}

static bool is_over(const struct life *life, bool waited)
{
	int64_t now = events_now(), since = now - life->leaving.began_at;

	if (since >= moment_of(life))
		return true;
	return since >= LEAVING_LEAST_US && !waited &&
	       !is_visited(generation_cgroup(life->generation),
			   life->setting->listens);
}

static void look(void *context)
{
	struct life *life = context;
	struct leaving *leaving = &life->leaving;
	struct custody *custody = life->setting->custody;
	bool waited;

	(void)custody_leaves(custody, life->number, &waited);
	/* The second time: it does not accept, or too slowly. */
	if (waited && leaving->looks++ > 0)
		custody_hand_over(custody, life->number);
	if (life->held && leaving->looks > 1)
		return;
	if (!life->held && is_over(life, waited)) {
		life_stop(life);
		return;
	}
	if (events_arm(life->setting->events, &leaving->clock,
		       events_now() + leaving->pause) < 0)
		life_stop(life);
	if (leaving->pause < LEAVING_LOOK_MAX_US)
		leaving->pause *= 2;
}

void leaving_begin(struct life *life)
{
	bool waited;

	if (life->phase == LIFE_STOPPING || life->phase == LIFE_KILLED)
		return;
	events_disarm(life->setting->events, &life->leaving.clock);
	life->leaving = (struct leaving){
		.clock = { .expired = look, .context = life },
		.began_at = events_now(),
		.pause = LEAVING_LOOK_US,
	};
	if (custody_leaves(life->setting->custody, life->number, &waited))
		look(life);
	else if (!life->held)
		life_stop(life);
}
