#include "mount/restore.h"

#include "mount/json_values.h"
#include "mount/supervisor.h"

#include <errno.h>
#include <string.h>

void restore_init(struct restore *restore)
{
	*restore = (struct restore){ .verification = ERRAND_INIT,
				     .lookup = PEER_LOOKUP_INIT };
}

static void end(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;

	errand_cancel(&restore->verification);
	peer_lookup_cancel(&restore->lookup);
	restore->active = false;
	restore->order = (struct restore_order){ 0 };
	manager_ready(supervisor);
}

/* What a new generation comes from. */
static struct edition *source_of(const struct supervisor *supervisor)
{
	struct edition *other = supervisor->restore.order.edition;

	return other ? other : supervisor->edition;
}

/* The incoming generation goes, and what it has of the sockets goes back. */
static void drop_incoming(struct supervisor *supervisor)
{
	struct life *life = supervisor->restore.incoming;

	supervisor->restore.incoming = NULL;
	if (!life)
		return;
	custody_settle(supervisor->custody, life->number, false);
	life_free(life);
}

static void fail(struct supervisor *supervisor, struct diag *diag)
{
	struct restore *restore = &supervisor->restore;
	const struct restore_order order = restore->order;

	end(supervisor);
	if (order.edition) {
		update_failed(supervisor, diag);
		return;
	}
	diag_wrap(diag, diag->error, "cannot restore");
	if (supervisor->current && !supervisor->stopping)
		diag_hint(diag, "generation %u goes on serving",
			  supervisor->current->number);
	log_event(&supervisor->sink, 0, "%s",
		  diag->text ? diag->text : strerror(-diag->error));
	control_answer_failure(&supervisor->control, order.client, diag);
	/* The old one may have ended while it was waited for this one. */
	if (!supervisor->current)
		supervisor_miss(supervisor);
}

/* --- The image's bytes ---------------------------------------------------- */

/*
 * What is in memory is no longer what was verified, seal or not. The file may
 * still be intact: take it again, if it is the same image.
 */
static int read_again(struct supervisor *supervisor, struct diag *diag)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image fresh =
		VERIFIED_IMAGE_INIT;
	struct verify_options options = VERIFY_OPTIONS_INIT;
	const struct edition *edition = source_of(supervisor);
	struct verified_image *image = edition->image;
	int r;

	options.root_hash = image->layout.root_hash;
	options.seal_limit = supervisor->options->seal_limit;
	options.verity = supervisor->options->verity;
	r = verify_image(edition->image_path, &options, &fresh, diag);
	if (r < 0)
		return r;
	close_fd(&image->fd);
	image->fd = steal_fd(&fresh.fd);
	image->protection = fresh.protection;
	return 0;
}

static void start_incoming(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;
	CLEANUP_SUPERBLOCK struct superblock *fresh = NULL;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r;

	custody_set_apart(supervisor->custody, supervisor->last_number + 1,
			  restore->order.quarantine != 0);
	r = supervisor_new_superblock(supervisor, source_of(supervisor)->image,
				      &fresh, &diag);
	if (r == 0)
		r = life_start(&source_of(supervisor)->setting, fresh,
			       supervisor->last_number + 1, &restore->incoming,
			       &diag);
	if (r < 0) {
		restore->incoming = NULL;
		custody_settle(supervisor->custody, supervisor->last_number + 1,
			       false);
		fail(supervisor, &diag);
		return;
	}
	supervisor->last_number++;
	ready_started(&restore->incoming->ready);
}

/* Those who come from now on are served from a superblock over those bytes;
 * there is no more to it, but that they may be another image's. */
static void only_verified(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;
	CLEANUP_SUPERBLOCK struct superblock *fresh = NULL;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct restore_times times = { .verify = restore->times.verify,
				       .total = events_now() -
						restore->begun_at };
	const struct restore_order order = restore->order;

	if (supervisor_new_superblock(supervisor, source_of(supervisor)->image,
				      &fresh, &diag) < 0) {
		fail(supervisor, &diag);
		return;
	}
	supervisor_set_superblock(supervisor, fresh);
	restore->times = times;
	if (order.edition) {
		end(supervisor);
		update_take_over(supervisor, NULL, &order);
		return;
	}
	restore->last = times;
	restore->count++;
	end(supervisor);
	log_event(&supervisor->sink, 0, "verified again in %.1f ms",
		  (double)times.total / 1000);
	control_answer(&supervisor->control, order.client,
		       json_pack("{s:n,s:{s:o,s:o}}", "generation",
				 "milliseconds", "verify",
				 json_milliseconds(times.verify), "total",
				 json_milliseconds(times.total)),
		       NULL, 0);
}

static void go_on(struct supervisor *supervisor)
{
	if (connections_only(&source_of(supervisor)->image->config))
		only_verified(supervisor);
	else
		start_incoming(supervisor);
}

static void verified(void *context, bool intact)
{
	struct supervisor *supervisor = context;
	struct restore *restore = &supervisor->restore;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (!intact) {
		superblock_taint(supervisor->superblock);
		log_event(&supervisor->sink, 0,
			  "TAMPERED: the image's %s are no longer those that "
			  "were verified: %s",
			  source_of(supervisor)->image->protection ==
					  PROTECTION_SEALED
				  ? "bytes in memory"
				  : "bytes where they lie",
			  restore->verification.text);
		if (read_again(supervisor, &diag) < 0) {
			fail(supervisor, &diag);
			return;
		}
	}
	restore->times.verify = events_now() - restore->begun_at;
	if (!peer_lookup_begin(&restore->lookup, supervisor,
			       source_of(supervisor), go_on))
		go_on(supervisor);
}

static int verify_in_child(void *context, struct buf *text)
{
	const struct supervisor *supervisor = context;
	struct diag diag = DIAG_INIT;
	int r = verify_again(source_of(supervisor)->image, &diag);

	if (diag.text)
		buf_puts(text, diag.text);
	return r;
}

static int start_verification(struct supervisor *supervisor)
{
	struct errand *errand = &supervisor->restore.verification;

	*errand = ERRAND_INIT;
	errand->events = &supervisor->events;
	errand->work = verify_in_child;
	errand->over = verified;
	errand->context = supervisor;
	return errand_start(errand);
}

static int count_old(const struct supervisor *supervisor)
{
	int count = 0;

	for (const struct life *life = supervisor->old; life; life = life->next)
		count++;
	return count;
}

static int check_drill(const struct supervisor *supervisor, struct diag *diag)
{
	if (connections_only(&supervisor->image->config))
		return diag_set(diag, -ESRCH,
				"it has a generation for each connection, and "
				"none that stays");
	if (!supervisor->current)
		return diag_set(diag, -ESRCH, "its service has just ended");
	return 0;
}

static int check(const struct supervisor *supervisor,
		 const struct restore_order *order, struct diag *diag)
{
	if (supervisor->restore.active)
		return diag_set(diag, -EBUSY, "it is being restored already");
	if (!order->edition && update_is_busy(supervisor))
		return diag_set(diag, -EBUSY, "it is being updated");
	if (supervisor->stopping)
		return diag_set(diag, -ESHUTDOWN, "it is being stopped");
	if (!supervisor->was_ready)
		return diag_set(diag, -EAGAIN, "it is not ready yet");
	if (count_old(supervisor) >= RESTORE_OLD_MAX)
		return diag_set(diag, -EBUSY,
				"%d generations are still finishing",
				RESTORE_OLD_MAX);
	if (order->quarantine)
		return quarantine_check(supervisor, diag);
	return order->drill ? check_drill(supervisor, diag) : 0;
}

int restore_begin(struct supervisor *supervisor,
		  const struct restore_order *order, struct diag *diag)
{
	struct restore *restore = &supervisor->restore;
	int r = check(supervisor, order, diag);

	if (r < 0)
		return r;
	restore->active = true;
	restore->order = *order;
	restore->begun_at = events_now();
	restore->times = (struct restore_times){ 0 };
	manager_restoring(supervisor);
	if (order->verified) {
		go_on(supervisor);
		return 0;
	}
	r = start_verification(supervisor);
	if (r < 0) {
		end(supervisor);
		return diag_errno(diag, r, "cannot verify the image again");
	}
	return 0;
}

/* --- The incoming generation ---------------------------------------------- */

static void answer(struct supervisor *supervisor, uint64_t client,
		   const struct life *life)
{
	control_answer(
		&supervisor->control, client,
		json_pack("{s:i,s:o}", "generation", (int)life->number,
			  "milliseconds",
			  restore_times_json(&supervisor->restore.times)),
		NULL, 0);
}

void restore_ready(struct supervisor *supervisor)
{
	struct restore *restore = &supervisor->restore;
	const struct restore_order order = restore->order;
	struct life *life = restore->incoming;
	struct restore_times *times = &restore->times;

	times->start = life->started_at - life->begun_at;
	times->ready = life->ready_at - life->started_at;
	times->total = life->ready_at - restore->begun_at;
	restore->incoming = NULL;
	end(supervisor);
	if (order.edition) {
		update_take_over(supervisor, life, &order);
		return;
	}
	answer(supervisor, order.client, life);
	/* Should the old one have ended meanwhile, it is no drill. */
	if (order.drill && supervisor->current) {
		supervisor_dismiss(supervisor, life);
		return;
	}
	restore->count++;
	restore->last = *times;
	/* The client need not wait for what becomes of the old one. */
	supervisor_replace(supervisor, life, "restored", &order);
}

json_t *restore_times_json(const struct restore_times *times)
{
	return json_pack("{s:o,s:o,s:o,s:o}", "verify",
			 json_milliseconds(times->verify), "start",
			 json_milliseconds(times->start), "ready",
			 json_milliseconds(times->ready), "total",
			 json_milliseconds(times->total));
}

/* Discard what did not become ready. */
static void discard(struct supervisor *supervisor, struct diag *diag)
{
	struct restore *restore = &supervisor->restore;
	const char *recent = logs_recent(restore->incoming->logs);

	if (*recent)
		diag_excerpt(diag, "%s", recent);
	drop_incoming(supervisor);
	fail(supervisor, diag);
}

void restore_late(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct life *life = supervisor->restore.incoming;
	double seconds =
		life->setting->plan->config->ready_milliseconds / 1000.0;

	if (supervisor->restore.order.force) {
		log_event(&supervisor->sink, life->number,
			  "not ready after %g s; takes over all the same",
			  seconds);
		life_count_as_ready(life);
		return;
	}
	diag_set(&diag, -ETIMEDOUT,
		 "generation %u was not ready within %g s and is discarded",
		 life->number, seconds);
	discard(supervisor, &diag);
}

void restore_ended(struct supervisor *supervisor)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const struct life *life = supervisor->restore.incoming;

	diag_set(&diag, -ECHILD,
		 "generation %u ended with status %d before it was ready",
		 life->number, life->status);
	discard(supervisor, &diag);
}

void restore_cancel(struct supervisor *supervisor, const char *reason)
{
	struct restore *restore = &supervisor->restore;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (!restore->active)
		return;
	drop_incoming(supervisor);
	diag_set(&diag, -ECANCELED, "%s", reason);
	fail(supervisor, &diag);
}
