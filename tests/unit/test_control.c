/* The control socket: mount/control.h. */
/* links: mount/control.o mount/events.o */
#include "mount/control.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

struct fixture {
	char directory[64];
	int directory_fd;
	struct events events;
	struct control control;
	/* What was asked, and by whom, last. */
	char command[32];
	uint64_t client;
	unsigned int requests;
	bool at_once; /* answer from within the call */
};

static void on_request(void *context, uint64_t client, const json_t *request)
{
	struct fixture *fixture = context;
	const char *command =
		json_string_value(json_object_get(request, "command"));

	(void)snprintf(fixture->command, sizeof(fixture->command), "%s",
		       command ? command : "?");
	fixture->client = client;
	fixture->requests++;
	if (fixture->at_once)
		control_answer(&fixture->control, client,
			       json_pack("{s:s}", "answer", command), NULL, 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->directory, "/tmp/jail-control.XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	fixture->directory_fd =
		open(fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fixture->control.source.fd = -1;
	fixture->control.requested = on_request;
	fixture->control.context = fixture;
	*state = fixture;
	return control_open(&fixture->control, &fixture->events,
			    fixture->directory_fd, fixture->directory, NULL);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	control_close(&fixture->control);
	control_close(&fixture->control);
	events_done(&fixture->events);
	(void)unlinkat(fixture->directory_fd, "control", 0);
	close_fd(&fixture->directory_fd);
	(void)rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static int connect_client(const struct fixture *fixture)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control",
		       fixture->directory);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&address, sizeof(address)),
		0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

static void nothing(void *context UNUSED)
{
}

/* Let the loop run until it has nothing to do. */
static void settle(struct fixture *fixture)
{
	struct event_timer timer = { 0 };

	for (int i = 0; i < 8; i++) {
		/* Something that is due keeps it from waiting. */
		timer.expired = nothing;
		assert_int_equal(events_arm(&fixture->events, &timer, 1), 0);
		assert_int_equal(events_run_once(&fixture->events), 0);
	}
}

/* The whole answer, up to the end of the stream. */
static void expect_answer(struct fixture *fixture, int fd, const char *wanted)
{
	char text[512] = "";
	size_t length = 0;
	ssize_t got;

	settle(fixture);
	while ((got = recv(fd, text + length, sizeof(text) - 1 - length,
			   MSG_DONTWAIT)) > 0)
		length += (size_t)got;
	assert_int_equal(got, 0);
	assert_string_equal(text, wanted);
}

static void test_at_once(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int fd = connect_client(fixture);

	fixture->at_once = true;
	say(fd, "{\"command\":\"status\"}\n");
	expect_answer(fixture, fd, "{\"answer\":\"status\"}");
	assert_int_equal(fixture->control.client_count, 0);
}

/* A request in pieces, an answer much later. */
static void test_later(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int fd = connect_client(fixture);
	char byte;

	say(fd, "{\"comma");
	settle(fixture);
	assert_int_equal(fixture->requests, 0);
	say(fd, "nd\":\"restore\"}\nmore that nobody reads");
	settle(fixture);
	assert_int_equal(fixture->requests, 1);
	assert_string_equal(fixture->command, "restore");
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	control_answer(&fixture->control, fixture->client,
		       json_pack("{s:i}", "generation", 2), NULL, 0);
	expect_answer(fixture, fd, "{\"generation\":2}");
	assert_int_equal(fixture->requests, 1);
}

static void test_failure(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int fd = connect_client(fixture);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	say(fd, "{\"command\":\"stop\"}\n");
	settle(fixture);
	diag_set(&diag, -EBUSY, "busy with \xff");
	diag_hint(&diag, "wait");
	control_answer_failure(&fixture->control, fixture->client, &diag);
	expect_answer(fixture, fd,
		      "{\"error\":{\"number\":-16,\"text\":\"busy with "
		      "\\\\xff\",\"hint\":\"wait\"}}");
}

static void test_descriptors(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int fd = connect_client(fixture);
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} ancillary;
	char text[64];
	struct iovec part = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &ancillary,
				  .msg_controllen = sizeof(ancillary) };
	struct stat sent, got;
	int received[2];
	int fds[2] = { fixture->directory_fd, STDERR_FILENO };

	say(fd, "{\"command\":\"exec\"}\n");
	settle(fixture);
	control_answer(&fixture->control, fixture->client, json_object(), fds,
		       2);
	settle(fixture);
	assert_int_equal(recvmsg(fd, &message, MSG_CMSG_CLOEXEC), 2);
	assert_int_equal(ancillary.header.cmsg_len, CMSG_LEN(2 * sizeof(int)));
	memcpy(received, CMSG_DATA(&ancillary.header), sizeof(received));
	assert_int_equal(fstat(received[0], &got), 0);
	assert_int_equal(fstat(fixture->directory_fd, &sent), 0);
	assert_int_equal(sent.st_ino, got.st_ino);
	close_fd(&received[0]);
	close_fd(&received[1]);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 0);
}

static void test_not_json(void **state)
{
	static const char *const bad[] = { "hello\n", "[]\n", "\n",
					   "{\"command\":1,\"command\":2}\n" };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP_CLOSE int fd = connect_client(fixture);
		char text[256] = "";

		say(fd, bad[i]);
		settle(fixture);
		assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
		assert_memory_equal(text, "{\"error\":", 9);
	}
	assert_int_equal(fixture->requests, 0);
	assert_int_equal(fixture->control.client_count, 0);
}

static void test_too_long(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int fd = connect_client(fixture);
	char chunk[4096];
	ssize_t sent = 1;

	memset(chunk, ' ', sizeof(chunk));
	for (int i = 0; sent > 0 && i < 64; i++) {
		sent = send(fd, chunk, sizeof(chunk),
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		settle(fixture);
	}
	assert_int_equal(sent, -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(fixture->control.client_count, 0);
}

/* Who asks and goes is no error when the answer comes. */
static void test_gone(void **state)
{
	struct fixture *fixture = *state;
	int fd = connect_client(fixture);

	say(fd, "{\"command\":\"restore\"}\n");
	settle(fixture);
	assert_int_equal(fixture->requests, 1);
	close_fd(&fd);
	settle(fixture);
	assert_int_equal(fixture->control.client_count, 0);
	control_answer(&fixture->control, fixture->client, json_object(), NULL,
		       0);
	control_answer(&fixture->control, 4711, json_object(), NULL, 0);
}

/* Everything up to the end of the stream: how many bytes, how many
 * descriptors. */
static size_t read_all(struct fixture *fixture, int fd,
		       unsigned int *ret_descriptors)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} ancillary;
	char chunk[65536];
	size_t total = 0;

	*ret_descriptors = 0;
	for (;;) {
		struct iovec part = { .iov_base = chunk,
				      .iov_len = sizeof(chunk) };
		struct msghdr message = { .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = &ancillary,
					  .msg_controllen = sizeof(ancillary) };
		ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
		int received;

		if (got == 0)
			return total;
		if (got < 0) {
			settle(fixture);
			continue;
		}
		total += (size_t)got;
		if (!message.msg_controllen)
			continue;
		memcpy(&received, CMSG_DATA(&ancillary.header),
		       sizeof(received));
		close_fd(&received);
		(*ret_descriptors)++;
	}
}

/* Who does not read holds up nobody, and gets the rest when he does; the
 * descriptors once. */
static void test_slow_reader(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int slow = connect_client(fixture);
	CLEANUP_CLOSE int other = -1;
	const size_t size = 4 << 20;
	char *text = calloc(1, size + 1);
	unsigned int descriptors;

	assert_non_null(text);
	memset(text, 'x', size);
	say(slow, "{\"command\":\"diff\"}\n");
	settle(fixture);
	control_answer(&fixture->control, fixture->client,
		       json_pack("[s]", text), &fixture->directory_fd, 1);
	free(text);
	settle(fixture);
	assert_int_equal(fixture->control.client_count, 1);
	other = connect_client(fixture);
	fixture->at_once = true;
	say(other, "{\"command\":\"status\"}\n");
	expect_answer(fixture, other, "{\"answer\":\"status\"}");
	assert_int_equal(read_all(fixture, slow, &descriptors), size + 4);
	assert_int_equal(descriptors, 1);
}

static void test_too_many(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONTROL_CLIENTS_MAX + 1];
	char byte;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_client(fixture);
		settle(fixture);
	}
	assert_int_equal(fixture->control.client_count, CONTROL_CLIENTS_MAX);
	assert_int_equal(recv(fds[CONTROL_CLIENTS_MAX], &byte, 1, MSG_DONTWAIT),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close_fd(&fds[i]);
}

/* A socket file that nobody listens on is in nobody's way. */
static void test_left_over(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->control.source.fd);
	events_remove(&fixture->events, &fixture->control.source);
	assert_int_equal(control_open(&fixture->control, &fixture->events,
				      fixture->directory_fd, fixture->directory,
				      NULL),
			 0);
	test_at_once(state);
}

#define WITH_CONTROL(test)                                                     \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CONTROL(test_at_once),  WITH_CONTROL(test_later),
		WITH_CONTROL(test_failure),  WITH_CONTROL(test_descriptors),
		WITH_CONTROL(test_not_json), WITH_CONTROL(test_too_long),
		WITH_CONTROL(test_gone),     WITH_CONTROL(test_slow_reader),
		WITH_CONTROL(test_too_many), WITH_CONTROL(test_left_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
