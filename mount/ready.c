#include "mount/ready.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static void probe(struct ready *ready);

void ready_init(struct ready *ready)
{
	ready->done = false;
	ready->address_count = 0;
	ready->attempt = 0;
	ready->probe = (struct event_source){ .fd = -1 };
	ready->timer = (struct event_timer){ 0 };
}

static void finish(struct ready *ready)
{
	ready_cancel(ready);
	ready->done = true;
	ready->became_ready(ready->context);
}

void ready_started(struct ready *ready)
{
	if (!ready->done && ready->config->ready == CONFIG_READY_EXEC)
		finish(ready);
}

void ready_serving(struct ready *ready, const struct socket_address *target,
		   bool udp)
{
	bool first = ready->address_count == 0;

	if (ready->done || ready->config->ready == CONFIG_READY_EXEC)
		return;
	if (ready->config->ready == CONFIG_READY_LISTEN) {
		finish(ready);
		return;
	}
	if (udp || ready->address_count == READY_ADDRESSES_MAX)
		return;
	ready->addresses[ready->address_count++] = *target;
	if (first)
		probe(ready);
}

struct socket_address ready_target(const struct socket_address *bound,
				   bool v6only)
{
	struct socket_address target = *bound;

	if (!socket_address_is_any(bound))
		return target;
	if (bound->family == AF_INET6 && v6only) {
		target.bytes[15] = 1;
	} else {
		target.family = AF_INET;
		target.bytes[0] = 127;
		target.bytes[3] = 1;
	}
	return target;
}

bool ready_is_success(const char *answer, size_t length)
{
	return length >= 12 && memcmp(answer, "HTTP/1.", 7) == 0 &&
	       (answer[7] == '0' || answer[7] == '1') && answer[8] == ' ' &&
	       (answer[9] == '2' || answer[9] == '3');
}

/* --- One probe ------------------------------------------------------------ */

/* Leave the connection and let the older generations go. */
static void end_probe(struct ready *ready)
{
	if (ready->probe.fd < 0)
		return;
	events_remove(ready->events, &ready->probe);
	close_fd(&ready->probe.fd);
	events_disarm(ready->events, &ready->timer);
	ready->hold(ready->context, false);
}

void ready_cancel(struct ready *ready)
{
	end_probe(ready);
	events_disarm(ready->events, &ready->timer);
}

static void pause_over(void *context)
{
	probe(context);
}

static void try_later(struct ready *ready)
{
	int64_t pause = READY_PROBE_PAUSE_US;

	end_probe(ready);
	for (size_t i = 0; i < ready->attempt / ready->address_count; i++)
		if (pause < READY_PROBE_PAUSE_MAX_US)
			pause *= 2;
	ready->attempt++;
	ready->timer.expired = pause_over;
	ready->timer.context = ready;
	/* Without memory for a timer it times out in the end. */
	(void)!events_arm(ready->events, &ready->timer, events_now() + pause);
}

static void slice_over(void *context)
{
	try_later(context);
}

static int send_request(struct ready *ready)
{
	const struct config *config = ready->config;
	CLEANUP_FREE char *request = NULL;
	int length;

	length = asprintf(&request,
			  "GET %s HTTP/1.1\r\nHost: %s\r\n"
			  "User-Agent: jailmount\r\nConnection: close\r\n\r\n",
			  config->ready_path ? config->ready_path : "/",
			  config->hostname ? config->hostname : "localhost");
	if (length < 0) {
		request = NULL;
		return -ENOMEM;
	}
	/* A new connection's buffer takes it at once. */
	if (send(ready->probe.fd, request, (size_t)length,
		 MSG_DONTWAIT | MSG_NOSIGNAL) != length)
		return -EIO;
	ready->sent = true;
	ready->probe.events = POLLIN;
	return 0;
}

static void probe_ready(void *context, short revents UNUSED)
{
	struct ready *ready = context;
	ssize_t got;

	if (!ready->sent) {
		/* A failed connection fails here too. */
		if (send_request(ready) < 0)
			try_later(ready);
		return;
	}
	got = recv(ready->probe.fd, ready->answer + ready->answer_length,
		   sizeof(ready->answer) - ready->answer_length, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		ready->answer_length += (size_t)got;
	if (ready_is_success(ready->answer, ready->answer_length))
		finish(ready);
	else if (got <= 0 || ready->answer_length >= 12)
		try_later(ready);
}

static int connect_probe(struct ready *ready)
{
	const struct socket_address *target =
		&ready->addresses[ready->attempt % ready->address_count];
	struct sockaddr_storage sockaddr;
	socklen_t length = socket_address_write(target, &sockaddr);

	ready->probe = (struct event_source){ .events = POLLOUT,
					      .ready = probe_ready,
					      .context = ready };
	ready->probe.fd = socket(sockaddr.ss_family,
				 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (ready->probe.fd < 0)
		return -errno;
	if (connect(ready->probe.fd, (const struct sockaddr *)&sockaddr,
		    length) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	ready->timer.expired = slice_over;
	ready->timer.context = ready;
	if (events_add(ready->events, &ready->probe) < 0)
		return -ENOMEM;
	return events_arm(ready->events, &ready->timer,
			  events_now() + READY_PROBE_SLICE_US);
}

static void probe(struct ready *ready)
{
	ready->sent = false;
	ready->answer_length = 0;
	ready->hold(ready->context, true);
	if (connect_probe(ready) == 0)
		return;
	if (ready->probe.fd < 0)
		ready->hold(ready->context, false);
	try_later(ready);
}
