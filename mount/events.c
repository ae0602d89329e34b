#include "mount/events.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

void events_done(struct events *events)
{
	free(events->sources);
	free(events->timers);
	free(events->polled);
	*events = EVENTS_INIT;
}

int64_t events_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int events_add(struct events *events, struct event_source *source)
{
	if (array_grow(&events->sources, events->source_count,
		       sizeof(struct event_source *)) < 0)
		return -ENOMEM;
	events->sources[events->source_count++] = source;
	source->added = true;
	return 0;
}

void events_remove(struct events *events, struct event_source *source)
{
	if (!source->added)
		return;
	source->added = false;
	for (size_t i = 0; i < events->source_count; i++)
		if (events->sources[i] == source)
			events->sources[i] = NULL;
}

int events_arm(struct events *events, struct event_timer *timer, int64_t due)
{
	timer->due = due;
	if (timer->armed)
		return 0;
	if (array_grow(&events->timers, events->timer_count,
		       sizeof(struct event_timer *)) < 0)
		return -ENOMEM;
	events->timers[events->timer_count++] = timer;
	timer->armed = true;
	return 0;
}

void events_disarm(struct events *events, struct event_timer *timer)
{
	if (!timer->armed)
		return;
	timer->armed = false;
	for (size_t i = 0; i < events->timer_count; i++)
		if (events->timers[i] == timer)
			events->timers[i] = NULL;
}

/* Close the gaps that removals have left; nothing is being called now. */
static void compact(struct events *events)
{
	size_t kept = 0;

	for (size_t i = 0; i < events->source_count; i++)
		if (events->sources[i])
			events->sources[kept++] = events->sources[i];
	events->source_count = kept;
	kept = 0;
	for (size_t i = 0; i < events->timer_count; i++)
		if (events->timers[i])
			events->timers[kept++] = events->timers[i];
	events->timer_count = kept;
}

/* Milliseconds until the first timer is due, rounded up; -1 without one. */
static int time_left(const struct events *events)
{
	int64_t first = INT64_MAX;
	int64_t left;

	for (size_t i = 0; i < events->timer_count; i++)
		if (events->timers[i]->due < first)
			first = events->timers[i]->due;
	if (first == INT64_MAX)
		return -1;
	left = first - events_now();
	if (left <= 0)
		return 0;
	left = (left + 999) / 1000;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static void call_timers(struct events *events)
{
	int64_t now = events_now();
	size_t count = events->timer_count;

	for (size_t i = 0; i < count; i++) {
		struct event_timer *timer = events->timers[i];

		if (!timer || timer->due > now)
			continue;
		events_disarm(events, timer);
		timer->expired(timer->context);
	}
}

int events_run_once(struct events *events)
{
	struct pollfd *polled;
	size_t count;

	compact(events);
	count = events->source_count;
	polled = reallocarray(events->polled, count + 1, sizeof(*polled));
	if (!polled)
		return -ENOMEM;
	events->polled = polled;
	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){
			.fd = events->sources[i]->fd,
			.events = events->sources[i]->events,
		};
	if (poll(polled, count, time_left(events)) < 0)
		return errno == EINTR ? 0 : -errno;
	/* What a call removes becomes NULL, what it adds comes behind. */
	for (size_t i = 0; i < count; i++)
		if (polled[i].revents && events->sources[i])
			events->sources[i]->ready(events->sources[i]->context,
						  polled[i].revents);
	if (events->timer_count)
		call_timers(events);
	return 0;
}
