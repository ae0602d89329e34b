/* The loop: mount/events.h. */
/* links: mount/events.o */
#include "mount/events.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct counter {
	struct events *events;
	struct event_source source;
	struct event_timer timer;
	struct counter *other; /* to be removed when called */
	int calls;
	bool again;
};

static void on_ready(void *context, short revents UNUSED)
{
	struct counter *counter = context;
	char byte;

	counter->calls++;
	assert_int_equal(read(counter->source.fd, &byte, 1), 1);
	if (counter->other)
		events_remove(counter->events, &counter->other->source);
}

static void on_time(void *context)
{
	struct counter *counter = context;

	counter->calls++;
	if (counter->other)
		events_disarm(counter->events, &counter->other->timer);
	if (counter->again)
		assert_int_equal(events_arm(counter->events, &counter->timer,
					    events_now()),
				 0);
}

/* A counter on the read end of a pipe that holds a byte. */
static void prepare(struct counter *counter, struct events *events,
		    int *ret_write_end)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	*counter = (struct counter){ .events = events };
	counter->source = (struct event_source){ .fd = ends[0],
						 .events = POLLIN,
						 .ready = on_ready,
						 .context = counter };
	*ret_write_end = ends[1];
}

static void test_sources(void **state UNUSED)
{
	struct events events = EVENTS_INIT;
	CLEANUP_CLOSE int first_end = -1;
	CLEANUP_CLOSE int second_end = -1;
	struct counter first, second;

	prepare(&first, &events, &first_end);
	prepare(&second, &events, &second_end);
	assert_int_equal(events_add(&events, &first.source), 0);
	assert_int_equal(events_add(&events, &second.source), 0);
	assert_int_equal(events_run_once(&events), 0);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 1);
	events_remove(&events, &first.source);
	events_remove(&events, &first.source);
	assert_int_equal(write(first_end, "x", 1), 1);
	assert_int_equal(write(second_end, "x", 1), 1);
	assert_int_equal(events_run_once(&events), 0);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 2);
	close_fd(&first.source.fd);
	close_fd(&second.source.fd);
	events_done(&events);
}

/* Both are ready; the first removes the second before its turn. */
static void test_removed_in_a_call(void **state UNUSED)
{
	struct events events = EVENTS_INIT;
	CLEANUP_CLOSE int first_end = -1;
	CLEANUP_CLOSE int second_end = -1;
	struct counter first, second;

	prepare(&first, &events, &first_end);
	prepare(&second, &events, &second_end);
	first.other = &second;
	assert_int_equal(events_add(&events, &first.source), 0);
	assert_int_equal(events_add(&events, &second.source), 0);
	assert_int_equal(events_run_once(&events), 0);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 0);
	close_fd(&first.source.fd);
	close_fd(&second.source.fd);
	events_done(&events);
}

static void test_timers(void **state UNUSED)
{
	struct events events = EVENTS_INIT;
	struct counter soon = { .events = &events };
	struct counter late = { .events = &events };
	int64_t begin = events_now();

	soon.timer =
		(struct event_timer){ .expired = on_time, .context = &soon };
	late.timer =
		(struct event_timer){ .expired = on_time, .context = &late };
	assert_int_equal(events_arm(&events, &late.timer, begin + 3600000000),
			 0);
	assert_int_equal(events_arm(&events, &soon.timer, begin + 3600000000),
			 0);
	/* Arming again moves it. */
	assert_int_equal(events_arm(&events, &soon.timer, begin + 20000), 0);
	while (!soon.calls)
		assert_int_equal(events_run_once(&events), 0);
	assert_true(events_now() - begin >= 20000);
	assert_int_equal(soon.calls, 1);
	assert_int_equal(late.calls, 0);
	assert_false(soon.timer.armed);
	assert_true(late.timer.armed);
	events_done(&events);
}

static void test_disarmed_in_a_call(void **state UNUSED)
{
	struct events events = EVENTS_INIT;
	struct counter first = { .events = &events };
	struct counter second = { .events = &events };

	first.timer =
		(struct event_timer){ .expired = on_time, .context = &first };
	second.timer =
		(struct event_timer){ .expired = on_time, .context = &second };
	first.other = &second;
	first.again = true; /* and does not keep the loop from ending */
	assert_int_equal(events_arm(&events, &first.timer, 1), 0);
	assert_int_equal(events_arm(&events, &second.timer, 1), 0);
	assert_int_equal(events_run_once(&events), 0);
	assert_int_equal(first.calls, 1);
	assert_int_equal(second.calls, 0);
	assert_int_equal(events_run_once(&events), 0);
	assert_int_equal(first.calls, 2);
	events_done(&events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_removed_in_a_call),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_disarmed_in_a_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
