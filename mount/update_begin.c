/* An update until the new image's first generation begins. */
#include "mount/update.h"

#include "mount/supervisor.h"
#include "mount/supervisor_version.h"
#include "mount/target.h"
#include "mount/update_check.h"
#include "mount/versions.h"

#include <errno.h>
#include <string.h>

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
	json_t *answer = update_answer(supervisor);

	json_object_set_new(answer, "changed", json_false());
	update_end(supervisor);
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
	update->clock = (struct event_timer){ .expired = update_look,
					      .context = supervisor };
	update->verification = ERRAND_INIT;
	update->verification.events = &supervisor->events;
	update->verification.work = verify_in_child;
	update->verification.over = verified;
	update->verification.context = supervisor;
	r = begin(supervisor, order, diag);
	if (r < 0)
		update_end(supervisor);
	return r;
}
