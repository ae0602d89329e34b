#include "mount/guests.h"

#include "mount/channel.h"
#include "mount/life_watch.h"

#include <errno.h>
#include <sys/socket.h>

struct guest {
	struct guest *next;
	struct life *life;
	struct event_source channel; /* until the listener has come */
	struct event_source notify;
};

static void forget(struct guest *guest)
{
	struct events *events = guest->life->setting->events;
	struct guest **link = &guest->life->guests;

	while (*link != guest)
		link = &(*link)->next;
	*link = guest->next;
	guest->life->guest_count--;
	events_remove(events, &guest->channel);
	events_remove(events, &guest->notify);
	close_fd(&guest->channel.fd);
	close_fd(&guest->notify.fd);
	free(guest);
}

static int answer(const struct guest *guest)
{
	CLEANUP_CALLER struct caller caller = CALLER_INIT;
	int r = caller_receive(guest->notify.fd, &caller);

	if (r < 0)
		return r == -ENOENT || r == -EINTR ? 0 : r;
	r = life_witness_guest(guest->life, guest->notify.fd, &caller);
	return r == 0 ? caller_continue(guest->notify.fd, &caller)
		      : caller_finish(guest->notify.fd, &caller, r);
}

/* POLLHUP: no process with this filter is left. */
static void notified(void *context, short revents)
{
	struct guest *guest = context;
	int r = revents & POLLIN ? answer(guest) : -EPIPE;

	if (r < 0)
		forget(guest);
}

static void arrived(void *context, short revents UNUSED)
{
	struct guest *guest = context;
	struct events *events = guest->life->setting->events;
	struct channel_descriptors descriptors;
	struct channel_report report;
	int r = channel_receive(guest->channel.fd, &report, &descriptors);

	if (r < 0 || descriptors.listener < 0) {
		forget(guest);
		return;
	}
	events_remove(events, &guest->channel);
	close_fd(&guest->channel.fd);
	guest->notify = (struct event_source){ .fd = descriptors.listener,
					       .events = POLLIN,
					       .ready = notified,
					       .context = guest };
	/* Failing that it executes nothing any more. */
	if (events_add(events, &guest->notify) < 0)
		forget(guest);
}

int guests_expect(struct life *life, int *ret_channel, struct diag *diag)
{
	int channels[2];
	struct guest *guest;

	if (life->guest_count >= GUESTS_MAX)
		return diag_set(diag, -EBUSY,
				"%d programs run in it by --exec already",
				GUESTS_MAX);
	guest = calloc(1, sizeof(*guest));
	if (!guest)
		return diag_oom(diag);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) <
	    0) {
		free(guest);
		return diag_errno(diag, -errno, "cannot make a channel");
	}
	guest->life = life;
	guest->channel = (struct event_source){ .fd = channels[0],
						.events = POLLIN,
						.ready = arrived,
						.context = guest };
	guest->notify = (struct event_source){ .fd = -1 };
	guest->next = life->guests;
	life->guests = guest;
	life->guest_count++;
	if (events_add(life->setting->events, &guest->channel) < 0) {
		forget(guest);
		(void)close(channels[1]);
		return diag_oom(diag);
	}
	*ret_channel = channels[1];
	return 0;
}

void guests_listen(struct life *life, bool listening)
{
	for (struct guest *guest = life->guests; guest; guest = guest->next)
		guest->notify.events = listening ? POLLIN : 0;
}

void guests_done(struct life *life)
{
	while (life->guests)
		forget(life->guests);
}
