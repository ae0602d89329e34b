#include "mount/life.h"

#include "mount/clock.h"
#include "mount/guests.h"
#include "mount/life_watch.h"
#include "mount/spare_memory.h"

#include <errno.h>
#include <string.h>

/* --- Readiness ------------------------------------------------------------ */

/* What it has written up to now is no intruder's. A service that is ready by
 * its first breath has written nothing yet. */
static void take_baseline(struct life *life)
{
	const struct config *config = life->setting->plan->config;
	struct diff_source source = {
		.layers = config->layers,
		.layer_fds = life->generation->layer_fds,
		.lower_fds = life->generation->lower_fds,
		.layer_count = life->generation->layer_count,
	};

	if (config->ready == CONFIG_READY_EXEC)
		return;
	diff_done(&life->baseline);
	if (diff_scan(&source, true, &life->baseline, NULL) < 0)
		log_event(life->setting->sink, life->number,
			  "cannot remember what it wrote at its start");
}

static void became_ready(void *context)
{
	struct life *life = context;

	if (life->phase != LIFE_STARTING)
		return;
	events_disarm(life->setting->events, &life->deadline);
	life->ready_at = events_now();
	life->phase = LIFE_READY;
	take_baseline(life);
	life->setting->ready(life->setting->context, life);
	spare_memory_give_back();
}

void life_count_as_ready(struct life *life)
{
	ready_cancel(&life->ready);
	ready_skip(&life->ready);
	became_ready(life);
}

static void hold_others(void *context, bool still)
{
	struct life *life = context;

	life->setting->hold(life->setting->context, life, still);
}

/* --- The end -------------------------------------------------------------- */

static void deadline_over(void *context)
{
	struct life *life = context;

	if (life->phase == LIFE_STARTING) {
		life->setting->late(life->setting->context, life);
	} else if (life->phase == LIFE_STOPPING) {
		log_event(life->setting->sink, life->number,
			  "has not finished in time and is killed");
		life_kill(life);
	}
}

static void exit_ready(void *context, short revents UNUSED)
{
	struct life *life = context;

	events_remove(life->setting->events, &life->exit);
	ready_cancel(&life->ready);
	services_done(&life->services);
	events_disarm(life->setting->events, &life->leaving.clock);
	events_disarm(life->setting->events, &life->deadline);
	if (generation_reap(life->generation, &life->status) < 0)
		life->status = 255;
	/* It may have ended of one. */
	life_look_at_limits(life);
	logs_finish(life->logs);
	life->setting->ended(life->setting->context, life);
}

void life_signal(struct life *life, int signal)
{
	(void)generation_signal(life->generation, signal);
}

void life_kill(struct life *life)
{
	life->phase = LIFE_KILLED;
	ready_cancel(&life->ready);
	events_disarm(life->setting->events, &life->leaving.clock);
	events_disarm(life->setting->events, &life->deadline);
	generation_kill(life->generation);
}

void life_stop(struct life *life)
{
	const struct config *config = life->setting->plan->config;
	int64_t drain = (int64_t)config->drain_milliseconds * 1000;

	if (life->phase == LIFE_STOPPING || life->phase == LIFE_KILLED)
		return;
	ready_cancel(&life->ready);
	events_disarm(life->setting->events, &life->leaving.clock);
	custody_abandon(life->setting->custody, life->number);
	life->phase = LIFE_STOPPING;
	if (generation_stop(life->generation) < 0 ||
	    events_arm(life->setting->events, &life->deadline,
		       events_now() + drain) < 0)
		life_kill(life);
}

void life_free(struct life *life)
{
	struct events *events;

	if (!life)
		return;
	events = life->setting->events;
	if (life->generation) {
		ready_cancel(&life->ready);
		services_done(&life->services);
		events_remove(events, &life->exit);
		events_remove(events, &life->notify);
		guests_done(life);
		calls_forget(&life->setting->custody->calls, life->notify.fd);
		events_remove(events, &life->announcements);
		events_remove(events, &life->tripwire);
		events_disarm(events, &life->leaving.clock);
		events_disarm(events, &life->deadline);
		events_disarm(events, &life->flood.over);
	}
	tripwires_done(&life->tripwires);
	limit_watch_done(&life->limits);
	witness_done(&life->witness);
	generation_free(life->generation);
	custody_gone(life->setting->custody, life->number);
	state_range_leave(&life->range);
	superblock_unref(life->superblock);
	logs_free(life->logs);
	diff_done(&life->baseline);
	diff_done(&life->seen);
	free(life->said);
	free(life);
}

/* --- The start ------------------------------------------------------------ */

/* Take over what the jail's log devices lead to. */
static int watch_devices(struct life *life)
{
	struct generation *generation = life->generation;
	struct {
		int *fd;
		enum log_kind kind;
	} devices[] = {
		{ &generation->stdout_fifo_fd, LOG_STDOUT },
		{ &generation->stderr_fifo_fd, LOG_STDERR },
		{ &generation->syslog_fd, LOG_SYSLOG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		int r;

		if (*devices[i].fd < 0)
			continue;
		r = logs_add(life->logs, steal_fd(devices[i].fd),
			     devices[i].kind);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Where there are several. */
static int watch_services(struct life *life)
{
	const struct life_setting *setting = life->setting;

	if (life->generation->service_pidfd >= 0)
		return 0;
	life->services = (struct services){
		.events = setting->events,
		.control = setting->control,
		.sink = setting->sink,
		.config = setting->plan->config,
		.generation = life->generation,
	};
	return services_watch(&life->services);
}

static int watch(struct life *life)
{
	struct events *events = life->setting->events;
	const struct config *config = life->setting->plan->config;
	int64_t patience = (int64_t)config->ready_milliseconds * 1000;

	life->exit = (struct event_source){ .fd = life->generation->init_pidfd,
					    .events = POLLIN,
					    .ready = exit_ready,
					    .context = life };
	life->notify = (struct event_source){ .fd = life->generation->notify_fd,
					      .events = POLLIN,
					      .ready = life_notified,
					      .context = life };
	life->deadline = (struct event_timer){ .expired = deadline_over,
					       .context = life };
	life->ready =
		(struct ready){ .events = events,
				.config = config,
				.network = life->setting->plan->options.network,
				.became_ready = became_ready,
				.hold = hold_others,
				.context = life };
	ready_init(&life->ready);
	if (life->setting->arguments) {
		ready_skip(&life->ready);
		life->phase = LIFE_READY;
		life->ready_at = life->started_at;
	}
	/* The exit comes last: what was bound or written before it counts. */
	if (events_add(events, &life->notify) < 0 || watch_devices(life) < 0 ||
	    watch_services(life) < 0 || life_watch_announcements(life) < 0 ||
	    events_add(events, &life->exit) < 0 ||
	    (life->phase == LIFE_STARTING &&
	     config->ready != CONFIG_READY_EXEC &&
	     events_arm(events, &life->deadline, life->begun_at + patience) <
		     0))
		return -ENOMEM;
	return 0;
}

static int start_generation(struct life *life, struct diag *diag)
{
	CLEANUP_CLOSE int out = -1;
	CLEANUP_CLOSE int error = -1;
	struct generation_io io = { .standard_input =
					    life->setting->standard_input };
	int r;

	r = logs_new(life->setting->events, life->setting->sink, life->number,
		     &life->logs);
	if (r == 0)
		r = logs_add_pipe(life->logs, LOG_STDOUT, &out);
	if (r == 0)
		r = logs_add_pipe(life->logs, LOG_STDERR, &error);
	if (r < 0)
		return diag_errno(diag, r, "cannot make the jail's outputs");
	io.arguments = life->setting->arguments;
	io.standard_output = life->setting->standard_output < 0
				     ? out
				     : life->setting->standard_output;
	io.standard_error = error;
	io.starting = life->setting->explain ? life_explain_start : NULL;
	io.context = life;
	r = generation_start(&life->plan, life->superblock, life->number, &io,
			     &life->generation, diag);
	if (r < 0)
		return r;
	life->started_at = events_now();
	/* They would be the same for each connection. */
	if (life->generation->notes &&
	    (!life->setting->arguments || life->number == 1))
		log_event(life->setting->sink, life->number, "%s",
			  life->generation->notes);
	if (watch(life) < 0)
		return diag_oom(diag);
	r = life_witness_start(life, diag);
	return r < 0 ? r : life_watch_tripwires(life, diag);
}

static int take_range(struct life *life, struct diag *diag)
{
	int r;

	if (!life->setting->own_ranges)
		return 0;
	r = state_range_take(life->setting->own_ranges, &life->range, diag);
	if (r == 0)
		life->plan.options.range_base = life->range.base;
	return r;
}

int life_start(const struct life_setting *setting,
	       struct superblock *superblock, unsigned int number,
	       struct life **ret_life, struct diag *diag)
{
	struct life *life = calloc(1, sizeof(*life));
	int r;

	if (!life)
		return diag_oom(diag);
	life->setting = setting;
	life->superblock = superblock_ref(superblock);
	life->number = number;
	life->plan = *setting->plan;
	life->range = STATE_RANGE_INIT;
	life->phase = LIFE_STARTING;
	life->tripwires = TRIPWIRES_INIT;
	life->begun_at = events_now();
	life->begun_time = time_now();
	r = take_range(life, diag);
	if (r == 0)
		r = start_generation(life, diag);
	if (r < 0) {
		life_free(life);
		return r;
	}
	*ret_life = life;
	return 0;
}
