#include "mount/update.h"

#include "mount/clock.h"
#include "mount/supervisor.h"
#include "mount/supervisor_version.h"
#include "mount/target.h"
#include "mount/update_check.h"
#include "mount/versions.h"

#include <errno.h>
#include <inttypes.h>
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
static void end(struct supervisor *supervisor)
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
	end(supervisor);
	control_answer_failure(&supervisor->control, client, diag);
}

static json_t *success_json(const struct supervisor *supervisor)
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
	json_t *answer = success_json(supervisor);
	const char *version = edition_version(supervisor->edition);
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];

	/* Not before: until now there was a way back. */
	supervisor_note_version(supervisor);
	root_hash_format(supervisor->image->layout.root_hash, hash);
	tell(supervisor, "updated to%s%s %.8s", *version ? " version " : "",
	     version, hash);
	end(supervisor);
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

static void look(void *context)
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
		look(supervisor);
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

/* --- The new image -------------------------------------------------------- */

/* Everything that may stand in the way, before anything changes. */
static int prepare(struct supervisor *supervisor, struct edition *edition,
		   struct diag *diag)
{
	const struct update *update = &supervisor->update;
	const struct supervisor_options *options = supervisor->options;
	const struct edition *before = supervisor->edition;
	int r;

	supervisor_settle_version(supervisor);
	r = versions_check(VERSIONS_DIRECTORY, options->name,
			   edition->own.config.version, update->order.downgrade,
			   diag);
	if (r == 0)
		r = target_apply(options->target, &edition->own.config, diag);
	if (r == 0)
		r = update_check(&before->image->config,
				 &edition->image->config, update->order.force,
				 diag);
	if (r == 0)
		r = edition_listen(edition, update->listens, before, diag);
	if (r == 0)
		r = edition_open(edition, options->name, before, diag);
	if (r == 0)
		r = edition_plan(edition, supervisor_plan(supervisor), diag);
	if (r == 0)
		r = edition_open_log(edition, options->name, &supervisor->sink,
				     &supervisor->events, diag);
	if (r == 0)
		r = custody_extend(supervisor->custody, &edition->listens,
				   &edition->peers, diag);
	if (r < 0)
		return r;
	supervisor_tell_udp(supervisor);
	supervisor_furnish(supervisor, edition);
	return connections_prepare(supervisor, edition, diag);
}

static void unchanged(struct supervisor *supervisor)
{
	uint64_t client = supervisor->update.order.client;
	json_t *answer = success_json(supervisor);

	json_object_set_new(answer, "changed", json_false());
	end(supervisor);
	control_answer(&supervisor->control, client, answer, NULL, 0);
}

static int start(struct supervisor *supervisor, struct diag *diag)
{
	struct update *update = &supervisor->update;
	struct edition *edition = update->other;
	const struct restore_order order = {
		.edition = edition,
		.verified = true,
		.force = update->order.force,
		.reason = update->order.evidence ? "updated" : NULL,
	};
	int r = prepare(supervisor, edition, diag);

	if (r < 0)
		return r;
	update->goes_back = update_goes_back(&supervisor->image->config,
					     &edition->image->config);
	if (update->goes_back)
		log_event(&supervisor->sink, 0,
			  "the update goes back from version %s to %s",
			  edition_version(supervisor->edition),
			  edition_version(edition));
	update->phase = UPDATE_STARTING;
	supervisor_note_state(supervisor);
	return restore_begin(supervisor, &order, diag);
}

static void verified(void *context, bool intact)
{
	struct supervisor *supervisor = context;
	struct update *update = &supervisor->update;
	struct edition *edition = update->other;
	struct verify_options verify = VERIFY_OPTIONS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r;

	verify.allow_unsigned = update->order.allow_unsigned;
	verify.seal_limit = supervisor->options->seal_limit;
	verify.verity = supervisor->options->verity;
	close_fd(&update->file);
	update->times.verify = events_now() - update->begun_at;
	if (intact)
		r = verify_finish(edition->image_path, &verify, edition->image,
				  &diag);
	else
		r = diag_set(&diag, -EBADMSG, "%s", update->verification.text);
	if (r == 0 && memcmp(edition->image->layout.root_hash,
			     supervisor->image->layout.root_hash,
			     sizeof(edition->image->layout.root_hash)) == 0) {
		unchanged(supervisor);
		return;
	}
	if (r == 0)
		r = start(supervisor, &diag);
	if (r < 0)
		update_failed(supervisor, &diag);
}

static int verify_in_child(void *context, struct buf *text)
{
	struct supervisor *supervisor = context;
	struct update *update = &supervisor->update;
	struct diag diag = DIAG_INIT;
	int r = verify_fill(update->other->image_path, update->file,
			    update->other->image, &diag);

	if (diag.text)
		buf_puts(text, diag.text);
	return r;
}

static int check(const struct supervisor *supervisor, struct diag *diag)
{
	if (supervisor->update.phase == UPDATE_TRIAL) {
		diag_set(diag, -EBUSY, "an update of it is on trial");
		diag_hint(diag, "--status tells until when");
		return -EBUSY;
	}
	if (supervisor->update.phase != UPDATE_NONE)
		return diag_set(diag, -EBUSY, "it is being updated already");
	if (supervisor->restore.active)
		return diag_set(diag, -EBUSY, "it is being restored");
	if (supervisor->stopping)
		return diag_set(diag, -ESHUTDOWN, "it is being stopped");
	if (!supervisor->was_ready)
		return diag_set(diag, -EAGAIN, "it is not ready yet");
	if (supervisor->options->explain)
		return diag_set(diag, -EOPNOTSUPP,
				"it runs with --explain, of one image");
	return 0;
}

static int begin(struct supervisor *supervisor,
		 const struct update_order *order, struct diag *diag)
{
	struct update *update = &supervisor->update;
	struct verify_options verify = VERIFY_OPTIONS_INIT;
	struct edition *edition = edition_new(NULL, order->path);
	int r;

	if (!edition)
		return diag_oom(diag);
	edition->next = supervisor->editions;
	supervisor->editions = edition;
	update->other = edition;
	for (char **word = order->listens; word && *word; word++)
		if (strv_append(&update->listens, *word) < 0)
			return diag_oom(diag);
	verify.seal_limit = supervisor->options->seal_limit;
	verify.verity = supervisor->options->verity;
	r = verify_open(order->path, &verify, edition->image, &update->file,
			diag);
	if (r < 0)
		return r;
	r = errand_start(&update->verification);
	return r < 0 ? diag_errno(diag, r, "cannot verify the image") : 0;
}

int update_begin(struct supervisor *supervisor,
		 const struct update_order *order, struct diag *diag)
{
	struct update *update = &supervisor->update;
	int r = check(supervisor, diag);

	if (r < 0)
		return r;
	update->phase = UPDATE_VERIFYING;
	update->order = *order;
	update->order.path = NULL;
	update->order.listens = NULL;
	update->times = (struct restore_times){ 0 };
	update->goes_back = false;
	update->begun_at = events_now();
	update->clock =
		(struct event_timer){ .expired = look, .context = supervisor };
	update->verification = ERRAND_INIT;
	update->verification.events = &supervisor->events;
	update->verification.work = verify_in_child;
	update->verification.over = verified;
	update->verification.context = supervisor;
	r = begin(supervisor, order, diag);
	if (r < 0)
		end(supervisor);
	return r;
}
