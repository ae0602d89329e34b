#include "mount/client.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "mount/state.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

void client_answer_done(struct client_answer *answer)
{
	json_decref(answer->json);
	for (size_t i = 0; i < answer->descriptor_count; i++)
		close_fd(&answer->descriptors[i]);
	*answer = CLIENT_ANSWER_INIT;
}

/* --- The connection ------------------------------------------------------- */

static int no_such_jail(const char *name, struct diag *diag)
{
	CLEANUP_BUF struct buf running = BUF_INIT;
	char **names;

	diag_set(diag, -ENOENT, "no jail named %s runs here", name);
	if (state_list(STATE_DIRECTORY, &names, NULL) < 0)
		return -ENOENT;
	for (char **other = names; *other; other++)
		if (state_is_running(STATE_DIRECTORY, *other))
			buf_printf(&running, "%s%s", running.length ? ", " : "",
				   *other);
	strv_free(names);
	if (running.length)
		diag_hint(diag, "these do: %s", running.data);
	else
		diag_hint(diag, "none does; start one with: jailmount "
				"IMAGE --run");
	return -ENOENT;
}

static int connect_jail(const char *name, unsigned int seconds, int *ret_fd,
			struct diag *diag)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = seconds };
	CLEANUP_CLOSE int fd = -1;

	if (state_check_name(name, diag) < 0)
		return -EINVAL;
	(void)snprintf(address.sun_path, sizeof(address.sun_path),
		       "%s/%s/control", STATE_DIRECTORY, name);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot make a socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) <
		    0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) <
		    0)
		return diag_errno(diag, -errno, "cannot set up a socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) <
	    0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return no_such_jail(name, diag);
		return diag_errno(diag, -errno, "cannot ask the jail %s", name);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* --- The answer ----------------------------------------------------------- */

static void take_descriptors(struct msghdr *message,
			     struct client_answer *answer)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		const unsigned char *data = CMSG_DATA(header);
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET ||
		    header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
			if (answer->descriptor_count <
			    ARRAY_SIZE(answer->descriptors))
				answer->descriptors
					[answer->descriptor_count++] = fd;
			else
				close_fd(&fd);
		}
	}
}

static int receive(int fd, struct buf *text, struct client_answer *answer)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(answer->descriptors))];
	} ancillary;
	char chunk[65536];

	for (;;) {
		struct iovec part = { .iov_base = chunk,
				      .iov_len = sizeof(chunk) };
		struct msghdr message = { .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = &ancillary,
					  .msg_controllen = sizeof(ancillary) };
		ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		take_descriptors(&message, answer);
		if (got == 0)
			return buf_check(text);
		buf_append(text, chunk, (size_t)got);
		if (text->length > CONTROL_ANSWER_MAX)
			return -EFBIG;
	}
}

/* {"error":{...}} becomes the diagnostic. */
static int take_failure(const char *name, const json_t *error,
			struct diag *diag)
{
	int number = (int)json_integer_value(json_object_get(error, "number"));
	const char *text = json_string_value(json_object_get(error, "text"));
	const char *excerpt =
		json_string_value(json_object_get(error, "excerpt"));
	const char *hint = json_string_value(json_object_get(error, "hint"));

	if (number >= 0)
		number = -EREMOTEIO;
	diag_set(diag, number, "%s: %s", name, text ? text : "failed");
	if (excerpt)
		diag_excerpt(diag, "%s", excerpt);
	if (hint)
		diag_hint(diag, "%s", hint);
	return number;
}

static int parse(const char *name, const struct buf *text,
		 struct client_answer *answer, struct diag *diag)
{
	const json_t *error;

	if (!text->length)
		return diag_set(diag, -ECONNRESET,
				"the supervisor of %s has gone without an "
				"answer",
				name);
	answer->json = json_loadb(text->data, text->length,
				  JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(answer->json))
		return diag_set(diag, -EBADMSG,
				"the supervisor of %s gave no proper answer",
				name);
	error = json_object_get(answer->json, "error");
	return error ? take_failure(name, error, diag) : 0;
}

static int send_request(int fd, const char *name, json_t *request,
			struct diag *diag)
{
	char *dump = request ? json_dumps(request, JSON_COMPACT) : NULL;
	CLEANUP_BUF struct buf line = BUF_INIT;
	int r = 0;

	json_decref(request);
	if (!dump)
		return diag_oom(diag);
	buf_printf(&line, "%s\n", dump);
	free(dump);
	if (buf_check(&line) < 0)
		return diag_oom(diag);
	if (send(fd, line.data, line.length, MSG_NOSIGNAL) !=
	    (ssize_t)line.length)
		r = diag_errno(diag, -errno, "cannot ask the jail %s", name);
	return r;
}

int client_request_json(const char *name, json_t *request, unsigned int seconds,
			struct client_answer *ret_answer, struct diag *diag)
{
	CLEANUP_CLIENT_ANSWER struct client_answer answer = CLIENT_ANSWER_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	int r;

	r = connect_jail(name, seconds, &fd, diag);
	if (r < 0) {
		json_decref(request);
		return r;
	}
	r = send_request(fd, name, request, diag);
	if (r < 0)
		return r;
	r = receive(fd, &text, &answer);
	if (r < 0)
		return diag_errno(diag, r, "the jail %s does not answer", name);
	r = parse(name, &text, &answer, diag);
	if (r < 0)
		return r;
	*ret_answer = answer;
	answer = CLIENT_ANSWER_INIT;
	return 0;
}

int client_request(const char *name, const char *command, unsigned int seconds,
		   struct client_answer *ret_answer, struct diag *diag)
{
	return client_request_json(name, json_pack("{s:s}", "command", command),
				   seconds, ret_answer, diag);
}
