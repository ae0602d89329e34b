#include "mount/manager.h"

#include "mount/supervisor.h"

#include <inttypes.h>
#include <string.h>

/* --- How it is ------------------------------------------------------------ */

static uint64_t count_alarms(const struct alarms *alarms)
{
	uint64_t count = 0;

	for (size_t i = 0; i < ALARM_KINDS; i++)
		count += alarms->counts[i];
	return count;
}

static void put_what(const struct supervisor *supervisor, struct buf *text)
{
	if (supervisor->stopping)
		buf_puts(text, "being stopped");
	else if (connections_only(&supervisor->image->config))
		buf_printf(text, "%zu connections served at the moment",
			   connections_count(supervisor));
	else if (!supervisor->current)
		buf_puts(text, "its service has ended");
	else
		buf_printf(text, "generation %u %s",
			   supervisor->current->number,
			   supervisor->was_ready ? "serves" : "is starting");
}

static void tell_status(struct supervisor *supervisor)
{
	struct manager *manager = &supervisor->manager;
	uint64_t alarms = count_alarms(&supervisor->alarms);
	CLEANUP_BUF struct buf text = BUF_INIT;

	put_what(supervisor, &text);
	if (supervisor->restore.count)
		buf_printf(&text, ", restored %u times",
			   supervisor->restore.count);
	if (alarms)
		buf_printf(&text, ", %" PRIu64 " alarms", alarms);
	if (buf_check(&text) < 0 || text.length >= sizeof(manager->status) ||
	    strcmp(manager->status, text.data) == 0)
		return;
	memcpy(manager->status, text.data, text.length + 1);
	sd_notify_send(manager->notify, "STATUS=%s", manager->status);
}

/* --- The loop turns ------------------------------------------------------- */

static void end_claims(struct supervisor *supervisor)
{
	struct manager *manager = &supervisor->manager;
	unsigned int dropped;

	if (!manager->claims_end || events_now() < manager->claims_end)
		return;
	manager->claims_end = 0;
	dropped = custody_drop_unclaimed(supervisor->custody);
	if (dropped)
		log_event(&supervisor->sink, 0,
			  "sockets that were taken over and are not asked for, "
			  "and no longer listen: %u",
			  dropped);
}

static void take_turn(void *context)
{
	struct supervisor *supervisor = context;
	struct manager *manager = &supervisor->manager;
	int64_t pause = MANAGER_LOOK_US;

	if (manager->notify->watchdog_us) {
		int64_t half = (int64_t)(manager->notify->watchdog_us / 2);

		sd_notify_send(manager->notify, "WATCHDOG=1");
		if (half < pause)
			pause = half;
	}
	tell_status(supervisor);
	end_claims(supervisor);
	/* Without memory for a timer the watchdog bites, as it should. */
	(void)!events_arm(&supervisor->events, &manager->turn,
			  events_now() + pause);
}

/* --- What happens --------------------------------------------------------- */

/* How much longer the manager is to wait. */
static void extend(const struct manager *manager, uint32_t milliseconds)
{
	sd_notify_send(manager->notify, "EXTEND_TIMEOUT_USEC=%" PRIu64,
		       (uint64_t)milliseconds * 1000 + MANAGER_MARGIN_US);
}

static void tell_of_sockets(struct supervisor *supervisor)
{
	const struct custody *custody = supervisor->custody;

	if (custody->adopted_count)
		log_event(&supervisor->sink, 0,
			  "sockets of an earlier supervisor taken over, with "
			  "who waits in them: %u",
			  custody->adopted_count);
	if (custody->rejected_count)
		log_warning(&supervisor->sink, 0,
			    "descriptors that were kept, are no sockets of "
			    "this jail's and are closed: %u",
			    custody->rejected_count);
}

void manager_begin(struct supervisor *supervisor)
{
	struct manager *manager = &supervisor->manager;

	manager->notify = supervisor->options->manager;
	if (!manager->notify)
		return;
	tell_of_sockets(supervisor);
	extend(manager, supervisor->image->config.ready_milliseconds);
	manager->turn = (struct event_timer){ .expired = take_turn,
					      .context = supervisor };
	take_turn(supervisor);
}

void manager_ready(struct supervisor *supervisor)
{
	struct manager *manager = &supervisor->manager;

	if (!manager->notify || supervisor->stopping)
		return;
	if (!manager->was_ready && supervisor->custody->adopted_count)
		manager->claims_end = events_now() + MANAGER_CLAIM_US;
	manager->was_ready = true;
	sd_notify_send(manager->notify, "READY=1");
	tell_status(supervisor);
}

void manager_restoring(struct supervisor *supervisor)
{
	const struct manager *manager = &supervisor->manager;

	if (manager->notify)
		sd_notify_send(manager->notify,
			       "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
			       events_now());
}

void manager_stopping(struct supervisor *supervisor)
{
	const struct manager *manager = &supervisor->manager;

	if (!manager->notify)
		return;
	sd_notify_send(manager->notify, "STOPPING=1");
	extend(manager, supervisor->image->config.drain_milliseconds);
	tell_status(supervisor);
}

void manager_end(struct supervisor *supervisor)
{
	events_disarm(&supervisor->events, &supervisor->manager.turn);
}
