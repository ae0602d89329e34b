#include "mount/control.h"

#include "lib/buf.h"
#include "lib/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct control_client {
	struct control_client *next;
	struct control *control;
	struct event_source source;
	struct event_timer patience;
	uint64_t id;
	struct buf request;
	bool requested; /* the whole line was there */
	char *answer;	/* NULL as long as there is none */
	size_t answer_length;
	size_t sent;
	int descriptors[CONTROL_DESCRIPTORS_MAX];
	size_t descriptor_count;
};

static void drop_descriptors(struct control_client *client)
{
	while (client->descriptor_count)
		close_fd(&client->descriptors[--client->descriptor_count]);
}

static void leave(struct control_client *client)
{
	struct control *control = client->control;
	struct control_client **link = &control->clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	control->client_count--;
	events_remove(control->events, &client->source);
	events_disarm(control->events, &client->patience);
	close_fd(&client->source.fd);
	drop_descriptors(client);
	buf_done(&client->request);
	free(client->answer);
	free(client);
}

static void out_of_patience(void *context)
{
	leave(context);
}

/* --- Sending -------------------------------------------------------------- */

static ssize_t send_some(struct control_client *client)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(client->descriptors))];
	} ancillary;
	struct iovec part = { .iov_base = client->answer + client->sent,
			      .iov_len = client->answer_length - client->sent };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	size_t size = client->descriptor_count * sizeof(int);

	if (size) {
		memset(&ancillary, 0, sizeof(ancillary));
		message.msg_control = &ancillary;
		message.msg_controllen = CMSG_SPACE(size);
		ancillary.header.cmsg_level = SOL_SOCKET;
		ancillary.header.cmsg_type = SCM_RIGHTS;
		ancillary.header.cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(&ancillary.header), client->descriptors, size);
	}
	return sendmsg(client->source.fd, &message,
		       MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Send what the socket takes; the client is left after the last byte, or when
 * it is gone. */
static void send_answer(struct control_client *client)
{
	while (client->sent < client->answer_length) {
		ssize_t sent = send_some(client);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent < 0)
			break;
		drop_descriptors(client); /* they went with the first byte */
		client->sent += (size_t)sent;
	}
	leave(client);
}

/* --- Receiving ------------------------------------------------------------ */

/* The first `length` bytes of what was received are the request. */
static void handle_request(struct control_client *client, size_t length)
{
	struct control *control = client->control;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	uint64_t id = client->id;
	json_error_t error;
	json_t *request;

	client->requested = true;
	events_disarm(control->events, &client->patience);
	request = json_loadb(client->request.data, length,
			     JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(request)) {
		control->requested(control->context, id, request);
	} else {
		diag_set(&diag, -EBADMSG, "the request is no JSON object: %s",
			 request ? "something else" : error.text);
		control_answer_failure(control, id, &diag);
	}
	json_decref(request);
}

/* Read up to the newline. False if the client is to be left. */
static bool receive(struct control_client *client)
{
	char chunk[4096];
	ssize_t got =
		recv(client->source.fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false;
	/* Whoever sends more after the line is not listened to. */
	if (client->requested)
		return true;
	buf_append(&client->request, chunk, (size_t)got);
	if (buf_check(&client->request) < 0 ||
	    client->request.length > CONTROL_REQUEST_MAX)
		return false;
	return true;
}

static void client_ready(void *context, short revents)
{
	struct control_client *client = context;
	const char *newline;

	if (client->answer && (revents & POLLOUT)) {
		send_answer(client);
		return;
	}
	if (revents & POLLIN) {
		if (!receive(client)) {
			leave(client);
			return;
		}
		if (client->requested || !client->request.length)
			return;
		newline = memchr(client->request.data, '\n',
				 client->request.length);
		if (newline)
			handle_request(client, (size_t)(newline -
							client->request.data));
		return;
	}
	if (revents & (POLLHUP | POLLERR | POLLNVAL))
		leave(client);
}

/* --- Clients come --------------------------------------------------------- */

static bool is_root(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
	       peer.uid == 0;
}

static void welcome(struct control *control, int fd)
{
	struct control_client *client;

	if (control->client_count >= CONTROL_CLIENTS_MAX || !is_root(fd) ||
	    !(client = calloc(1, sizeof(*client)))) {
		(void)close(fd);
		return;
	}
	client->control = control;
	client->id = ++control->next_id;
	client->source = (struct event_source){ .fd = fd,
						.events = POLLIN,
						.ready = client_ready,
						.context = client };
	client->patience = (struct event_timer){ .expired = out_of_patience,
						 .context = client };
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	if (events_add(control->events, &client->source) < 0 ||
	    events_arm(control->events, &client->patience,
		       events_now() + CONTROL_PATIENCE_US) < 0)
		leave(client);
}

static void control_ready(void *context, short revents UNUSED)
{
	struct control *control = context;
	int fd = accept4(control->source.fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		welcome(control, fd);
}

int control_open(struct control *control, struct events *events,
		 int directory_fd, const char *directory, struct diag *diag)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP_CLOSE int fd = -1;
	int length;

	length = snprintf(address.sun_path, sizeof(address.sun_path),
			  "%s/control", directory);
	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return diag_set(diag, -ENAMETOOLONG,
				"%s/control is too long for a socket's name",
				directory);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot make a socket");
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		/* What a supervisor that was killed has left; the name's lock
		 * is ours. */
		if (errno != EADDRINUSE ||
		    unlinkat(directory_fd, "control", 0) < 0 ||
		    bind(fd, (const struct sockaddr *)&address,
			 sizeof(address)) < 0)
			return diag_errno(diag, -errno, "cannot bind %s",
					  address.sun_path);
	}
	if (listen(fd, CONTROL_CLIENTS_MAX) < 0)
		return diag_errno(diag, -errno, "cannot listen on %s",
				  address.sun_path);
	control->events = events;
	control->source = (struct event_source){ .fd = fd,
						 .events = POLLIN,
						 .ready = control_ready,
						 .context = control };
	if (events_add(events, &control->source) < 0)
		return diag_oom(diag);
	(void)steal_fd(&fd);
	return 0;
}

void control_close(struct control *control)
{
	while (control->clients)
		leave(control->clients);
	if (control->source.fd < 0)
		return;
	events_remove(control->events, &control->source);
	close_fd(&control->source.fd);
}

/* --- Answers -------------------------------------------------------------- */

static struct control_client *find_client(struct control *control, uint64_t id)
{
	struct control_client *client = control->clients;

	while (client && client->id != id)
		client = client->next;
	return client;
}

static int copy_descriptors(struct control_client *client,
			    const int *descriptors, size_t count)
{
	if (count > CONTROL_DESCRIPTORS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < count; i++) {
		int copy = fcntl(descriptors[i], F_DUPFD_CLOEXEC, 0);

		if (copy < 0)
			return -errno;
		client->descriptors[client->descriptor_count++] = copy;
	}
	return 0;
}

void control_answer(struct control *control, uint64_t id, json_t *answer,
		    const int *descriptors, size_t descriptor_count)
{
	struct control_client *client = find_client(control, id);
	char *text = NULL;

	if (client && answer)
		text = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	if (!client)
		return;
	if (!text || client->answer ||
	    copy_descriptors(client, descriptors, descriptor_count) < 0) {
		free(text);
		leave(client);
		return;
	}
	client->answer = text;
	client->answer_length = strlen(text);
	if (client->answer_length > CONTROL_ANSWER_MAX ||
	    events_arm(control->events, &client->patience,
		       events_now() + CONTROL_PATIENCE_US) < 0) {
		leave(client);
		return;
	}
	client->source.events = POLLIN | POLLOUT;
	send_answer(client);
}

/* JSON is UTF-8; a path that the operator gave need not be. */
static json_t *text_of(const char *text)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;
	json_t *string;

	if (!text)
		return NULL;
	string = json_string(text);
	if (string)
		return string;
	printable_puts(&shown, text);
	return shown.data ? json_string(shown.data) : NULL;
}

void control_answer_failure(struct control *control, uint64_t id,
			    const struct diag *diag)
{
	const char *text = diag->text ? diag->text : strerror(-diag->error);
	json_t *answer =
		json_pack("{s:{s:i,s:o,s:o*,s:o*}}", "error", "number",
			  diag->error, "text", text_of(text), "excerpt",
			  text_of(diag->excerpt), "hint", text_of(diag->hint));

	control_answer(control, id, answer, NULL, 0);
}

void control_flush(struct control *control, int64_t microseconds)
{
	int64_t end = events_now() + microseconds;
	struct control_client *client = control->clients;

	while (client) {
		struct control_client *next = client->next;
		int64_t left = (end - events_now()) / 1000;
		struct pollfd polled = { .fd = client->source.fd,
					 .events = POLLOUT };

		if (client->answer && left > 0 &&
		    poll(&polled, 1, (int)left) == 1)
			send_answer(client);
		client = next;
	}
}
