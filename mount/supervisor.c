#include "mount/supervisor.h"

#include "mount/clock.h"
#include "mount/leaving.h"
#include "mount/supervisor_setup.h"
#include "mount/supervisor_version.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/stat.h>

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

int supervisor_new_superblock(const struct supervisor *supervisor,
			      const struct verified_image *image,
			      struct superblock **ret_superblock,
			      struct diag *diag)
{
	const struct superblock_source source = {
		.image = image,
		.label = supervisor->options->name,
		/* Between two connections nobody else keeps it. */
		.keep = connections_any(&image->config),
	};

	return superblock_new(&source, ret_superblock, diag);
}

void supervisor_set_superblock(struct supervisor *supervisor,
			       struct superblock *superblock)
{
	struct superblock *before = supervisor->superblock;

	supervisor->superblock = superblock_ref(superblock);
	superblock_unref(before);
	supervisor->lent = 0;
}

void supervisor_replace(struct supervisor *supervisor, struct life *life,
			const char *what, const struct restore_order *order)
{
	struct life *before = supervisor->current;

	supervisor->current = life;
	supervisor_set_superblock(supervisor, life->superblock);
	custody_settle(supervisor->custody, life->number, true);
	log_event(&supervisor->sink, life->number, "%s in %.1f ms; now serving",
		  what, (double)supervisor->restore.times.total / 1000);
	health_begin(supervisor);
	if (!before) {
		custody_retire(supervisor->custody, oldest_number(supervisor));
		return;
	}
	if (order->quarantine) {
		quarantine_begin(supervisor, before, order->quarantine,
				 order->reason);
		return;
	}
	before->next = supervisor->old;
	supervisor->old = before;
	if (order->reason)
		evidence_take(supervisor, before, order->reason);
	leaving_begin(before);
	supervisor_heal(supervisor);
}

void supervisor_dismiss(struct supervisor *supervisor, struct life *life)
{
	custody_settle(supervisor->custody, life->number, false);
	log_event(&supervisor->sink, life->number,
		  "would serve after %.1f ms; it was a drill",
		  (double)supervisor->restore.times.total / 1000);
	life->next = supervisor->old;
	supervisor->old = life;
	leaving_begin(life);
	supervisor_heal(supervisor);
}

static void on_alarm(void *context, struct life *life, enum alarm_kind kind,
		     const char *text)
{
	if (text)
		alarm_raise(context, life, kind, "%s", text);
	else
		alarm_repeat(context, life, kind);
}

static void serve(struct supervisor *supervisor)
{
	supervisor->was_ready = true;
	manager_ready(supervisor);
	renewal_begin(supervisor);
	if (supervisor->options->ready)
		supervisor->options->ready(supervisor->options->context);
	supervisor_note_version(supervisor);
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
	health_begin(supervisor);
	if (supervisor->options->detach)
		log_event(&supervisor->sink, life->number,
			  "ready after %.1f ms",
			  (double)(life->ready_at - life->begun_at) / 1000);
	serve(supervisor);
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
	double seconds =
		life->setting->plan->config->ready_milliseconds / 1000.0;

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

void supervisor_miss(struct supervisor *supervisor)
{
	if (!connections_only(&supervisor->image->config) &&
	    !update_roll_back(supervisor, "it ended on trial") &&
	    !renewal_cause(supervisor, CONFIG_RESTORE_EXIT,
			   "its service ended"))
		supervisor->ended = true;
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
	if (life->alarms && !life->reason)
		life->reason = "it ended, after alarms";
	evidence_take_rest(supervisor, life);
	life_free(life);
	/* Whoever comes in may still take over. */
	if (supervisor->stopping)
		supervisor_look_for_end(supervisor);
	else if (!supervisor->restore.active)
		supervisor_miss(supervisor);
	supervisor_forget_editions(supervisor);
}

static void on_ended(void *context, struct life *life)
{
	struct supervisor *supervisor = context;

	if (life == supervisor->restore.incoming) {
		restore_ended(supervisor);
	} else if (life == supervisor->current) {
		current_ended(supervisor, life);
	} else if (quarantine_ended(supervisor, life)) {
		supervisor_forget_editions(supervisor);
	} else {
		log_event(&supervisor->sink, life->number,
			  "ended with status %d", life->status);
		forget_old(supervisor, life);
		evidence_take_rest(supervisor, life);
		life_free(life);
		supervisor_forget_editions(supervisor);
		custody_retire(supervisor->custody, oldest_number(supervisor));
		supervisor_heal(supervisor);
	}
}

/* The one that comes is asked at sockets of its own, or else no other may
 * answer. A frozen generation accepts nothing. Where there is no freezer a
 * probe may be answered by it. */
static void on_hold(void *context, struct life *life, bool still)
{
	struct supervisor *supervisor = context;

	if (supervisor->custody->apart == life->number &&
	    custody_prefer(supervisor->custody, life->number, still))
		return;
	if (supervisor->current && supervisor->current != life)
		(void)generation_freeze(supervisor->current->generation, still);
	for (struct life *old = supervisor->old; old; old = old->next)
		if (!old->held)
			(void)generation_freeze(old->generation, still);
}

static void stop_current(struct supervisor *supervisor,
			 enum stop_evidence evidence)
{
	struct life *life = supervisor->current;

	if (!life)
		return;
	if (evidence == STOP_EVIDENCE_ALWAYS)
		evidence_take(supervisor, life, "stopped by order");
	else if (evidence == STOP_EVIDENCE_AFTER_ALARMS && life->alarms)
		evidence_take(supervisor, life, "stopped, after alarms");
	else
		life_stop(life);
}

void supervisor_stop(struct supervisor *supervisor, uint64_t client,
		     enum stop_evidence evidence)
{
	if (client && supervisor->stop_client_count <
			      ARRAY_SIZE(supervisor->stop_clients))
		supervisor->stop_clients[supervisor->stop_client_count++] =
			client;
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	manager_stopping(supervisor);
	renewal_end(supervisor);
	health_end(supervisor);
	update_cancel(supervisor, "it is being stopped");
	restore_cancel(supervisor, "it is being stopped");
	connections_stop(supervisor);
	quarantine_end_all(supervisor);
	stop_current(supervisor, evidence);
	supervisor_look_for_end(supervisor);
}

void supervisor_look_for_end(struct supervisor *supervisor)
{
	if (!supervisor->current && connections_count(supervisor) == 0)
		supervisor->ended = true;
}

/* --- Beginning and end ---------------------------------------------------- */

static int start_first(struct supervisor *supervisor, struct diag *diag)
{
	struct life_setting *setting = &supervisor->edition->setting;
	int r = life_start(setting, supervisor->superblock, 1,
			   &supervisor->current, diag);

	if (r < 0)
		return r;
	supervisor->last_number = 1;
	/* Later generations have no terminal to share. */
	setting->standard_input = -1;
	return 0;
}

void supervisor_furnish(struct supervisor *supervisor, struct edition *edition)
{
	edition->setting = (struct life_setting){
		.events = &supervisor->events,
		.image = edition->image,
		.plan = &edition->plan,
		.listens = &edition->listens,
		.peers = &edition->peers,
		.custody = supervisor->custody,
		.explain = supervisor->options->explain,
		.sink = &edition->sink,
		.control = &supervisor->control,
		.standard_input = -1,
		.standard_output = -1,
		.ready = on_ready,
		.late = on_late,
		.ended = on_ended,
		.alarm = on_alarm,
		.hold = on_hold,
		.context = supervisor,
	};
}

static int start(struct supervisor *supervisor, struct diag *diag)
{
	bool stays = !connections_only(&supervisor->image->config);
	int r = 0;

	supervisor_furnish(supervisor, supervisor->edition);
	supervisor->edition->setting.standard_input =
		supervisor->options->standard_input;
	if (stays)
		r = start_first(supervisor, diag);
	if (r == 0)
		r = connections_prepare(supervisor, supervisor->edition, diag);
	if (r == 0)
		r = connections_begin(supervisor, diag);
	if (r < 0)
		return r;
	if (stays)
		ready_started(&supervisor->current->ready);
	else
		serve(supervisor);
	supervisor_watch(supervisor);
	return 0;
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
		.network = NETWORK_INIT,
		.packets = PACKET_WATCH_INIT,
		.sink = LOG_SINK_INIT,
		.control.source.fd = -1,
		.health = HEALTH_INIT,
		.signals.fd = -1,
		.failure = diag,
		.begun_time = time_now(),
		.noting = ERRAND_INIT,
	};
	int r;

	supervisor_init_watches(&supervisor);
	restore_init(&supervisor.restore);
	update_init(&supervisor.update);
	(void)umask(077);
	(void)prctl(PR_SET_NAME, "jailmount");
	r = supervisor_prepare(&supervisor, diag);
	if (r == 0)
		r = start(&supervisor, diag);
	while (r == 0 && !(supervisor.ended && !supervisor.evidence)) {
		r = events_run_once(&supervisor.events);
		if (r < 0)
			diag_errno(diag, r, "cannot wait for events");
	}
	if (r == 0 && options->detach && !supervisor.was_ready)
		r = diag->error;
	supervisor_done(&supervisor);
	/* What a service says that was told to end is no failure of the unit.
	 */
	if (r == 0)
		*ret_status = supervisor.stopping && options->manager
				      ? 0
				      : supervisor.status;
	return r;
}
