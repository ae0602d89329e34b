/* Announcements, tripwires, limits and the image of a generation. */
#include "mount/life_watch.h"

#include "lib/printable.h"
#include "mount/announcement.h"
#include "mount/tripwires.h"

#include <errno.h>
#include <string.h>

static void remember_status(struct life *life, const char *status,
			    size_t length)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	char *said;

	printable_append(&text, status, length);
	said = buf_steal(&text);
	if (!said)
		return;
	free(life->said);
	life->said = said;
}

static void announcement_ready(void *context, short revents UNUSED)
{
	struct life *life = context;
	const struct life_setting *setting = life->setting;
	const struct plan_options *options = &life->plan.options;
	char message[ANNOUNCEMENT_MAX];
	struct announcement said;
	int r = announcement_receive(life->announcements.fd,
				     options->range_base, options->range_length,
				     message, &said);

	/* No service has so much to say of itself. With the socket closed it
	   is told so, instead of waiting to be read. */
	if (!log_rate_admit(&life->announcement_rate, events_now())) {
		log_warning(setting->sink, life->number,
			    "announces too often, and is no longer heard");
		events_remove(setting->events, &life->announcements);
		close_fd(&life->generation->announce_fd);
		return;
	}
	if (r <= 0)
		return;
	if (said.status)
		remember_status(life, said.status, said.status_length);
	if (said.ready)
		ready_announced(&life->ready);
}

int life_watch_announcements(struct life *life)
{
	life->announcements =
		(struct event_source){ .fd = life->generation->announce_fd,
				       .events = POLLIN,
				       .ready = announcement_ready,
				       .context = life };
	return life->announcements.fd < 0 ? 0
					  : events_add(life->setting->events,
						       &life->announcements);
}

static void tripwire_ready(void *context, short revents UNUSED)
{
	struct life *life = context;
	const struct life_setting *setting = life->setting;
	CLEANUP_BUF struct buf command = BUF_INIT;
	char text[ALARM_TEXT_SIZE], name[17];
	const char *path;
	pid_t pid;
	int r = tripwires_read(&life->tripwires, life->generation->init_pid,
			       &path, name, &pid);

	if (r < 0) {
		events_remove(setting->events, &life->tripwire);
		log_event(setting->sink, life->number,
			  "cannot watch its tripwires any longer: %s",
			  strerror(-r));
	}
	if (r <= 0)
		return;
	printable_puts(&command, *name ? name : "?");
	(void)snprintf(text, sizeof(text),
		       "the tripwire %.128s was opened by "
		       "%s (%d)",
		       path, command.data ? command.data : "?", (int)pid);
	setting->alarm(setting->context, life, ALARM_TRIPWIRE, text);
}

int life_watch_tripwires(struct life *life, struct diag *diag)
{
	char *const *paths = life->setting->plan->config->tripwires;
	int r;

	if (!paths || !*paths)
		return 0;
	r = tripwires_watch(paths, life->generation->init_pid, &life->tripwires,
			    diag);
	/* Its end is still to be heard of. */
	if (r == -ESRCH) {
		diag_done(diag);
		return 0;
	}
	if (r < 0)
		return r;
	life->tripwire = (struct event_source){ .fd = life->tripwires.fd,
						.events = POLLIN,
						.ready = tripwire_ready,
						.context = life };
	return events_add(life->setting->events, &life->tripwire) < 0
		       ? diag_oom(diag)
		       : 0;
}

static void limit_met(void *context, const char *text)
{
	struct life *life = context;

	life->setting->alarm(life->setting->context, life, ALARM_LIMIT, text);
}

/* Whose block it was the kernel's log tells. */
static void look_at_image(struct life *life)
{
	if (life->corruption_told || !superblock_is_corrupted(life->superblock))
		return;
	life->corruption_told = true;
	life->setting->alarm(life->setting->context, life, ALARM_IMAGE,
			     "blocks of the image's file are not those of its "
			     "root hash, and cannot be read");
}

void life_look_at_limits(struct life *life)
{
	const struct generation *generation = life->generation;

	look_at_image(life);

	limit_watch_look(&life->limits, generation_cgroup(generation),
			 life->setting->plan->config->layers,
			 generation->layer_fds, generation->layer_count,
			 limit_met, life);
}
