#include "mount/probe.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { STATUS_LENGTH = 12 /* "HTTP/1.1 200" */ };

bool probe_is_success(const char *answer, size_t length)
{
	return length >= STATUS_LENGTH && memcmp(answer, "HTTP/1.", 7) == 0 &&
	       (answer[7] == '0' || answer[7] == '1') && answer[8] == ' ' &&
	       (answer[9] == '2' || answer[9] == '3');
}

void probe_cancel(struct probe *probe)
{
	if (probe->source.fd < 0)
		return;
	events_remove(probe->events, &probe->source);
	events_disarm(probe->events, &probe->timer);
	close_fd(&probe->source.fd);
}

static void finish(struct probe *probe, bool success)
{
	probe_cancel(probe);
	probe->over(probe->context, success);
}

static void too_late(void *context)
{
	finish(context, false);
}

static int send_request(struct probe *probe)
{
	CLEANUP_FREE char *request = NULL;
	int length;

	length = asprintf(&request,
			  "GET %s HTTP/1.1\r\nHost: %s\r\n"
			  "User-Agent: jailmount\r\nConnection: close\r\n\r\n",
			  probe->path, probe->host);
	if (length < 0) {
		request = NULL;
		return -ENOMEM;
	}
	/* A new connection's buffer takes it at once. */
	if (send(probe->source.fd, request, (size_t)length,
		 MSG_DONTWAIT | MSG_NOSIGNAL) != length)
		return -EIO;
	probe->sent = true;
	probe->source.events = POLLIN;
	return 0;
}

static void source_ready(void *context, short revents UNUSED)
{
	struct probe *probe = context;
	ssize_t got;

	if (!probe->sent) {
		/* A failed connection fails here too. */
		if (send_request(probe) < 0)
			finish(probe, false);
		return;
	}
	got = recv(probe->source.fd, probe->answer + probe->answer_length,
		   sizeof(probe->answer) - probe->answer_length, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		probe->answer_length += (size_t)got;
	if (got <= 0 || probe->answer_length >= STATUS_LENGTH)
		finish(probe,
		       probe_is_success(probe->answer, probe->answer_length));
}

int probe_start(struct probe *probe, const struct socket_address *target,
		int64_t patience)
{
	struct sockaddr_storage sockaddr;
	socklen_t length = socket_address_write(target, &sockaddr);
	int r;

	probe->sent = false;
	probe->answer_length = 0;
	probe->source = (struct event_source){ .events = POLLOUT,
					       .ready = source_ready,
					       .context = probe };
	probe->timer =
		(struct event_timer){ .expired = too_late, .context = probe };
	r = network_namespace_socket(probe->network, sockaddr.ss_family,
				     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
				     0);
	if (r < 0)
		return r;
	probe->source.fd = r;
	r = connect(probe->source.fd, (const struct sockaddr *)&sockaddr,
		    length) < 0 &&
			    errno != EINPROGRESS
		    ? -errno
		    : 0;
	if (r == 0)
		r = events_add(probe->events, &probe->source);
	if (r == 0)
		r = events_arm(probe->events, &probe->timer,
			       events_now() + patience);
	if (r < 0)
		probe_cancel(probe);
	return r;
}
