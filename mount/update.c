#include "mount/update.h"

#include "mount/clock.h"
#include "mount/supervisor.h"
#include "mount/supervisor_version.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void update_init(struct update *update)
{
	*update = (struct update){ .file = -1, .verification = ERRAND_INIT };
}

bool update_is_busy(const struct supervisor *supervisor)
{
	return supervisor->update.phase != UPDATE_NONE &&
	       supervisor->update.phase != UPDATE_TRIAL;
}

/* --- Its end -------------------------------------------------------------- */

/* The log and --status have it in the same words. */
static void tell(struct supervisor *supervisor, const char *format, ...)
	PRINTF_LIKE(2, 3);

static void tell(struct supervisor *supervisor, const char *format, ...)
{
	struct update *update = &supervisor->update;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(update->told, sizeof(update->told), format, arguments);
	va_end(arguments);
	update->told_time = time_now();
	log_event(&supervisor->sink, 0, "%s", update->told);
}

/* Only what serves is left. */
void update_end(struct supervisor *supervisor)
{
	struct update *update = &supervisor->update;

	events_disarm(&supervisor->events, &update->clock);
	errand_cancel(&update->verification);
	close_fd(&update->file);
	strv_free(update->listens);
	update->listens = NULL;
	update->order = (struct update_order){ 0 };
	update->phase = UPDATE_NONE;
	update->other = NULL;
	supervisor_forget_editions(supervisor);
	custody_narrow(supervisor->custody, &supervisor->edition->listens);
	supervisor_note_state(supervisor);
}

static void fail(struct supervisor *supervisor, struct diag *diag)
{
	uint64_t client = supervisor->update.order.client;

	if (!diag->hint && supervisor->current && !supervisor->stopping)
		diag_hint(diag, "generation %u goes on serving",
			  supervisor->current->number);
	tell(supervisor, "%s",
	     diag->text ? diag->text : strerror(-diag->error));
	update_end(supervisor);
	control_answer_failure(&supervisor->control, client, diag);
}

json_t *update_answer(const struct supervisor *supervisor)
{
	const struct update *update = &supervisor->update;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];

	root_hash_format(supervisor->image->layout.root_hash, hash);
	return json_pack(
		"{s:b,s:i,s:s,s:s,s:b,s:I,s:o}", "changed", 1, "generation",
		supervisor->current ? (int)supervisor->current->number : 0,
		"root_hash", hash, "version",
		edition_version(supervisor->edition), "goes_back",
		update->goes_back, "trial_ms",
		(json_int_t)(update->order.trial / 1000), "milliseconds",
		restore_times_json(&update->times));
}

static void succeed(struct supervisor *supervisor)
{
	uint64_t client = supervisor->update.order.client;
	json_t *answer = update_answer(supervisor);
	const char *version = edition_version(supervisor->edition);
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];

	/* Not before: until now there was a way back. */
	supervisor_note_version(supervisor);
	root_hash_format(supervisor->image->layout.root_hash, hash);
	tell(supervisor, "updated to%s%s %.8s", *version ? " version " : "",
	     version, hash);
	update_end(supervisor);
	control_answer(&supervisor->control, client, answer, NULL, 0);
}

/* --- The trial ------------------------------------------------------------ */

static bool starts_again_and_again(const struct life *life)
{
	const struct services *services = &life->services;

	for (size_t i = 0;
	     services->events && i < services->config->service_count; i++)
		if (services->list[i].news.restarts >= UPDATE_RESTARTS_MAX)
			return true;
	return false;
}

/* A check that has not been made yet, or has just failed, is waited for. */
static bool health_is_open(const struct supervisor *supervisor)
{
	return supervisor->image->config.health.path &&
	       (!supervisor->health.asked_time || supervisor->health.failures);
}

static bool serves(const struct supervisor *supervisor)
{
	return supervisor->current ||
	       connections_only(&supervisor->image->config);
}

void update_look(void *context)
{
	struct supervisor *supervisor = context;
	struct update *update = &supervisor->update;
	int64_t now = events_now(), next = now + UPDATE_LOOK_US;

	if (supervisor->current &&
	    starts_again_and_again(supervisor->current)) {
		(void)update_roll_back(supervisor,
				       "a service started again and again on "
				       "trial");
		return;
	}
	if (now >= update->until && serves(supervisor) &&
	    !health_is_open(supervisor)) {
		succeed(supervisor);
		return;
	}
	if (update->until > now && update->until < next)
		next = update->until;
	/* Without memory for a timer it has stood its trial. */
	if (events_arm(&supervisor->events, &update->clock, next) < 0)
		succeed(supervisor);
}

/* The state and everything that goes by the image follow. */
static void switch_to(struct supervisor *supervisor, struct edition *edition)
{
	supervisor->update.other = supervisor->edition;
	supervisor->edition = edition;
	supervisor->image = edition->image;
	supervisor_note_state(supervisor);
	edition_name_log(edition, supervisor->options->name, &supervisor->sink);
	supervisor_tell_verdict(supervisor);
	health_end(supervisor);
	renewal_end(supervisor);
	renewal_begin(supervisor);
}

static void rolled_back(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	diag_set(&diag, -ECANCELED, "rolled back: %s", supervisor->update.why);
	fail(supervisor, &diag);
}

/* Those who come are its own from now on. Their ports were bound before. */
static void take_connections(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (connections_begin(supervisor, &diag) < 0)
		log_warning(&supervisor->sink, 0, "%s",
			    diag.text ? diag.text : "out of memory");
}

void update_take_over(struct supervisor *supervisor, struct life *life,
		      const struct restore_order *order)
{
	struct update *update = &supervisor->update;
	bool back = update->phase == UPDATE_ROLLING_BACK;

	switch_to(supervisor, update->other);
	if (life)
		supervisor_replace(supervisor, life,
				   back ? "rolled back" : "updated", order);
	take_connections(supervisor);
	if (back) {
		rolled_back(supervisor);
		return;
	}
	update->times.start = supervisor->restore.times.start;
	update->times.ready = supervisor->restore.times.ready;
	update->times.total =
		update->times.verify + supervisor->restore.times.total;
	update->phase = UPDATE_TRIAL;
	update->until = events_now() + update->order.trial;
	if (update->order.trial)
		update_look(supervisor);
	else
		succeed(supervisor);
}

/* --- Back ----------------------------------------------------------------- */

static void begin_back(struct supervisor *supervisor)
{
	struct update *update = &supervisor->update;
	const struct restore_order order = { .edition = update->other,
					     .reason = update->why };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	update->attempts++;
	if (restore_begin(supervisor, &order, &diag) < 0)
		update_failed(supervisor, &diag);
}

bool update_roll_back(struct supervisor *supervisor, const char *why)
{
	struct update *update = &supervisor->update;

	if (update->phase == UPDATE_ROLLING_BACK)
		return true;
	if (update->phase != UPDATE_TRIAL || supervisor->stopping)
		return false;
	log_warning(&supervisor->sink, 0, "rolls back: %s", why);
	events_disarm(&supervisor->events, &update->clock);
	update->phase = UPDATE_ROLLING_BACK;
	update->why = why;
	update->attempts = 0;
	restore_cancel(supervisor, "the update is being rolled back");
	begin_back(supervisor);
	return true;
}

void update_failed(struct supervisor *supervisor, struct diag *diag)
{
	struct update *update = &supervisor->update;
	bool back = update->phase == UPDATE_ROLLING_BACK;

	if (back && !serves(supervisor) && !supervisor->stopping &&
	    update->attempts < UPDATE_ROLL_BACKS) {
		log_warning(&supervisor->sink, 0,
			    "cannot roll back, and tries again: %s",
			    diag->text ? diag->text : strerror(-diag->error));
		begin_back(supervisor);
		return;
	}
	diag_wrap(diag, diag->error,
		  back ? "cannot roll back" : "cannot update");
	fail(supervisor, diag);
	if (!serves(supervisor) && !supervisor->stopping)
		supervisor_miss(supervisor);
}

void update_cancel(struct supervisor *supervisor, const char *reason)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (supervisor->update.phase == UPDATE_NONE)
		return;
	/* Its restore, if there is one, ends with it, and comes here again. */
	if (supervisor->restore.active && supervisor->restore.order.edition) {
		restore_cancel(supervisor, reason);
		return;
	}
	diag_set(&diag, -ECANCELED, "%s", reason);
	fail(supervisor, &diag);
}
