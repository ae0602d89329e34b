#include "mount/supervisor.h"
#include "mount/clock.h"

#include "mount/commands.h"
#include "mount/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

enum {
	LAST_WORDS_US = 2 * 1000000, /* for answers at the end */
	HEALING_US = 100000,	     /* between looks at the sockets */
};

/* --- What happens to generations ------------------------------------------ */

/* The oldest number that is alive. */
static unsigned int oldest_number(const struct supervisor *supervisor)
{
	unsigned int oldest = supervisor->last_number;

	if (supervisor->current && supervisor->current->number < oldest)
		oldest = supervisor->current->number;
	for (const struct life *life = supervisor->old; life; life = life->next)
		if (life->number < oldest)
			oldest = life->number;
	return oldest;
}

/* What a generation that finishes does to the shared sockets, wilfully or not,
 * must not be what the new one suffers from. */
static void heal(struct supervisor *supervisor)
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
	heal(context);
}

void supervisor_replace(struct supervisor *supervisor, struct life *life)
{
	struct life *before = supervisor->current;

	supervisor->current = life;
	custody_settle(supervisor->custody, life->number, true);
	log_event(&supervisor->sink, life->number,
		  "restored in %.1f ms; now serving",
		  (double)supervisor->restore.times.total / 1000);
	if (!before)
		return;
	before->next = supervisor->old;
	supervisor->old = before;
	life_stop(before);
	heal(supervisor);
}

static void on_ready(void *context, struct life *life)
{
	struct supervisor *supervisor = context;

	if (life == supervisor->restore.incoming) {
		restore_ready(supervisor);
		return;
	}
	if (supervisor->was_ready)
		return;
	supervisor->was_ready = true;
	if (supervisor->options->detach)
		log_event(&supervisor->sink, life->number,
			  "ready after %.1f ms",
			  (double)(life->ready_at - life->begun_at) / 1000);
	if (supervisor->options->ready)
		supervisor->options->ready(supervisor->options->context);
}

/* The start has failed: tell why, with what the service itself said. */
static void fail_start(struct supervisor *supervisor, const struct life *life)
{
	const char *recent = logs_recent(life->logs);

	if (*recent)
		diag_excerpt(supervisor->failure, "%s", recent);
	diag_hint(supervisor->failure, "the whole log is %s",
		  supervisor->sink.path);
}

static void on_late(void *context, struct life *life)
{
	struct supervisor *supervisor = context;
	double seconds = supervisor->image->config.ready_milliseconds / 1000.0;

	if (life == supervisor->restore.incoming) {
		restore_late(supervisor);
		return;
	}
	if (!supervisor->options->detach) {
		log_event(&supervisor->sink, life->number,
			  "not ready after %g s; waiting on", seconds);
		return;
	}
	diag_set(supervisor->failure, -ETIMEDOUT,
		 "%s was not ready within %g s", supervisor->options->name,
		 seconds);
	fail_start(supervisor, life);
	supervisor->ended = true;
}

static void forget_old(struct supervisor *supervisor, struct life *life)
{
	struct life **link = &supervisor->old;

	while (*link && *link != life)
		link = &(*link)->next;
	if (*link)
		*link = life->next;
}

static void current_ended(struct supervisor *supervisor, struct life *life)
{
	supervisor->status = life->status;
	if (supervisor->options->detach && !supervisor->was_ready) {
		diag_set(supervisor->failure, -ECHILD,
			 "%s ended with status %d before it was ready",
			 supervisor->options->name, life->status);
		fail_start(supervisor, life);
	}
	if (supervisor->options->detach)
		log_event(&supervisor->sink, life->number,
			  "ended with status %d", life->status);
	supervisor->current = NULL;
	life_free(life);
	/* Whoever comes in may still take over. */
	if (!supervisor->restore.active)
		supervisor->ended = true;
}

static void on_ended(void *context, struct life *life)
{
	struct supervisor *supervisor = context;

	if (life == supervisor->restore.incoming) {
		restore_ended(supervisor);
	} else if (life == supervisor->current) {
		current_ended(supervisor, life);
	} else {
		log_event(&supervisor->sink, life->number,
			  "ended with status %d", life->status);
		forget_old(supervisor, life);
		life_free(life);
		custody_retire(supervisor->custody, oldest_number(supervisor));
		heal(supervisor);
	}
}

/* A frozen generation accepts nothing. Where there is no freezer a probe may
 * be answered by it. */
static void on_hold(void *context, struct life *life, bool still)
{
	struct supervisor *supervisor = context;

	if (supervisor->current && supervisor->current != life)
		(void)generation_freeze(supervisor->current->generation, still);
	for (struct life *old = supervisor->old; old; old = old->next)
		(void)generation_freeze(old->generation, still);
}

void supervisor_stop(struct supervisor *supervisor, uint64_t client)
{
	if (client && supervisor->stop_client_count <
			      ARRAY_SIZE(supervisor->stop_clients))
		supervisor->stop_clients[supervisor->stop_client_count++] =
			client;
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	restore_cancel(supervisor, "it is being stopped");
	if (supervisor->current)
		life_stop(supervisor->current);
	else
		supervisor->ended = true;
}

/* --- Signals -------------------------------------------------------------- */

static void signals_ready(void *context, short revents UNUSED)
{
	struct supervisor *supervisor = context;
	struct signal_order order = signals_read(supervisor->signals.fd);

	switch (order.kind) {
	case SIGNAL_IGNORE:
		break;
	case SIGNAL_STOP:
		/* Who says it twice means it. */
		if (supervisor->stopping && supervisor->current)
			life_kill(supervisor->current);
		else
			supervisor_stop(supervisor, 0);
		break;
	case SIGNAL_FORWARD:
		if (supervisor->current)
			life_signal(supervisor->current, order.number);
		break;
	}
}

/* --- Beginning and end ---------------------------------------------------- */

/* "apache 2.4.62 3f2a9c1b" */
static int open_sink(struct supervisor *supervisor, struct diag *diag)
{
	const struct config *config = &supervisor->image->config;
	const uint8_t *hash = supervisor->image->layout.root_hash;
	CLEANUP_FREE char *origin = NULL;
	char path[256];
	bool versioned = config->version && *config->version;

	if (asprintf(&origin, "%s%s%s %02x%02x%02x%02x",
		     supervisor->options->name, versioned ? " " : "",
		     versioned ? config->version : "", hash[0], hash[1],
		     hash[2], hash[3]) < 0) {
		origin = NULL;
		return diag_oom(diag);
	}
	if (!supervisor->options->detach)
		return log_sink_foreground(&supervisor->sink, origin, diag);
	(void)snprintf(path, sizeof(path), "%s/%s.log", LOGS_DIRECTORY,
		       supervisor->options->name);
	return log_sink_open(&supervisor->sink, path, origin, diag);
}

static int write_state(const struct supervisor *supervisor, struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];
	int r;

	root_hash_format(supervisor->image->layout.root_hash, hash);
	/* state.c finds the supervisor by this beginning. */
	buf_printf(&json,
		   "{\"supervisor\":%d,\"root_hash\":\"%s\","
		   "\"range_base\":%u}\n",
		   getpid(), hash, supervisor->state.range_base);
	r = buf_check(&json);
	if (r == 0)
		r = state_write(&supervisor->state, &json);
	return r < 0 ? diag_errno(diag, r, "cannot write %s/%s/state.json",
				  supervisor->state.root,
				  supervisor->state.name)
		     : 0;
}

static int open_control(struct supervisor *supervisor, struct diag *diag)
{
	char directory[128];

	(void)snprintf(directory, sizeof(directory), "%s/%s", STATE_DIRECTORY,
		       supervisor->options->name);
	supervisor->control.requested = commands_handle;
	supervisor->control.context = supervisor;
	return control_open(&supervisor->control, &supervisor->events,
			    supervisor->state.directory_fd, directory, diag);
}

static int make_plan(struct supervisor *supervisor, struct diag *diag)
{
	struct plan_options options = {
		.jail = supervisor->options->name,
		.range_base = supervisor->state.range_base,
		.range_length = STATE_RANGE_LENGTH,
	};

	return plan_make(&supervisor->image->config, &options,
			 &supervisor->plan, diag);
}

static int watch_signals(struct supervisor *supervisor, struct diag *diag)
{
	int fd = signals_open();

	if (fd < 0)
		return diag_errno(diag, fd, "cannot watch for signals");
	supervisor->signals = (struct event_source){ .fd = fd,
						     .events = POLLIN,
						     .ready = signals_ready,
						     .context = supervisor };
	return events_add(&supervisor->events, &supervisor->signals) < 0
		       ? diag_oom(diag)
		       : 0;
}

/* Everything that can fail without a trace of it, before the first mount. */
static int prepare(struct supervisor *supervisor, struct diag *diag)
{
	const struct supervisor_options *options = supervisor->options;
	int r;

	r = listen_table_make(&supervisor->image->config, options->listens,
			      &supervisor->listens, diag);
	if (r == 0)
		r = state_open(STATE_DIRECTORY, options->name,
			       &supervisor->state, diag);
	if (r == 0 && supervisor->state.stale)
		r = generation_clear_stale(options->name, diag);
	if (r == 0)
		r = write_state(supervisor, diag);
	if (r == 0)
		r = make_plan(supervisor, diag);
	if (r == 0)
		r = custody_new(&supervisor->listens, &supervisor->custody,
				diag);
	if (r == 0)
		r = open_sink(supervisor, diag);
	if (r == 0)
		r = open_control(supervisor, diag);
	if (r == 0)
		r = watch_signals(supervisor, diag);
	return r;
}

static int start(struct supervisor *supervisor, struct diag *diag)
{
	int r;

	supervisor->setting = (struct life_setting){
		.events = &supervisor->events,
		.plan = &supervisor->plan,
		.custody = supervisor->custody,
		.sink = &supervisor->sink,
		.standard_input = supervisor->options->standard_input,
		.ready = on_ready,
		.late = on_late,
		.ended = on_ended,
		.hold = on_hold,
		.context = supervisor,
	};
	r = life_start(&supervisor->setting, supervisor->image->fd, 1,
		       &supervisor->current, diag);
	if (r < 0)
		return r;
	supervisor->last_number = 1;
	/* Later generations have no terminal to share. */
	supervisor->setting.standard_input = -1;
	ready_started(&supervisor->current->ready);
	return 0;
}

static void answer_stop_clients(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->stop_client_count; i++)
		control_answer(&supervisor->control,
			       supervisor->stop_clients[i],
			       json_pack("{s:i}", "status", supervisor->status),
			       NULL, 0);
}

static void done(struct supervisor *supervisor)
{
	restore_cancel(supervisor, "the jail has ended");
	while (supervisor->old) {
		struct life *life = supervisor->old;

		supervisor->old = life->next;
		life_free(life);
	}
	life_free(supervisor->current);
	events_disarm(&supervisor->events, &supervisor->healing);
	custody_free(supervisor->custody);
	plan_done(&supervisor->plan);
	listen_table_done(&supervisor->listens);
	events_remove(&supervisor->events, &supervisor->signals);
	close_fd(&supervisor->signals.fd);
	log_sink_close(&supervisor->sink);
	state_done(&supervisor->state);
	/* When they hear of it nothing is left. */
	answer_stop_clients(supervisor);
	control_flush(&supervisor->control, LAST_WORDS_US);
	control_close(&supervisor->control);
	events_done(&supervisor->events);
}

int supervisor_run(struct verified_image *image,
		   const struct supervisor_options *options, int *ret_status,
		   struct diag *diag)
{
	struct supervisor supervisor = {
		.options = options,
		.image = image,
		.events = EVENTS_INIT,
		.state = STATE_INIT,
		.listens = LISTEN_TABLE_INIT,
		.plan = PLAN_INIT,
		.sink = LOG_SINK_INIT,
		.control.source.fd = -1,
		.signals.fd = -1,
		.failure = diag,
		.begun_time = time_now(),
	};
	int r;

	supervisor.healing = (struct event_timer){ .expired = heal_in_turn,
						   .context = &supervisor };
	restore_init(&supervisor.restore);
	(void)umask(077);
	(void)prctl(PR_SET_NAME, "jailmount");
	r = prepare(&supervisor, diag);
	if (r == 0)
		r = start(&supervisor, diag);
	while (r == 0 && !supervisor.ended) {
		r = events_run_once(&supervisor.events);
		if (r < 0)
			diag_errno(diag, r, "cannot wait for events");
	}
	if (r == 0 && options->detach && !supervisor.was_ready)
		r = diag->error;
	done(&supervisor);
	if (r == 0)
		*ret_status = supervisor.status;
	return r;
}
