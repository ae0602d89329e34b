/* The way to the host's journal: mount/journal.h, mount/journal_entry.h. */
/* links: mount/journal.o mount/journal_entry.o mount/events.o */
#include "mount/journal.h"

#include "lib/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct journal_origin origin = { "web", "1.2", "abcd" };
#define ORIGIN "JAIL_NAME=web\nJAIL_VERSION=1.2\nJAIL_ROOT_HASH=abcd\n"

/* --- Entries -------------------------------------------------------------- */

static void test_entry(void **state UNUSED)
{
	const struct journal_line line = { .priority = 6,
					   .facility = 10,
					   .generation = 3,
					   .stream = "stderr",
					   .continued = true,
					   .message = "hello=",
					   .length = 6 };
	CLEANUP_BUF struct buf entry = BUF_INIT;

	journal_entry_line("web", &line, &entry);
	assert_string_equal(entry.data,
			    "MESSAGE=hello=\nPRIORITY=6\nSYSLOG_FACILITY=10\n"
			    "SYSLOG_IDENTIFIER=web\nJAIL_STREAM=stderr\n"
			    "JAIL_GENERATION=3\nJAIL_CONTINUED=1\n");
	buf_reset(&entry);
	journal_entry_origin(&origin, &entry);
	assert_string_equal(entry.data, ORIGIN);
}

/* Nobody adds a field to it. */
static void test_newlines(void **state UNUSED)
{
	const struct journal_line line = { .priority = 5,
					   .facility = -1,
					   .stream = "jailmount",
					   .own = true,
					   .message = "a\nJAIL_NAME=x\0y",
					   .length = 15 };
	static const char wanted[] = "MESSAGE\n\x0f\0\0\0\0\0\0\0"
				     "a\nJAIL_NAME=x\0y\n"
				     "PRIORITY=5\nSYSLOG_FACILITY=3\n"
				     "SYSLOG_IDENTIFIER=jailmount\n"
				     "JAIL_STREAM=jailmount\n";
	CLEANUP_BUF struct buf entry = BUF_INIT;

	journal_entry_line("web", &line, &entry);
	assert_int_equal(entry.length, sizeof(wanted) - 1);
	assert_memory_equal(entry.data, wanted, entry.length);
}

/* --- Sending -------------------------------------------------------------- */

struct fixture {
	char directory[64];
	char path[96];
	struct events events;
	struct journal journal;
	int fd; /* the other end */
};

static void listen_there(struct fixture *fixture)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int least = 1;

	fixture->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	strcpy(address.sun_path, fixture->path);
	assert_return_code(
		bind(fixture->fd, (struct sockaddr *)&address, sizeof(address)),
		errno);
	assert_return_code(setsockopt(fixture->fd, SOL_SOCKET, SO_RCVBUF,
				      &least, sizeof(least)),
			   errno);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->directory, "/tmp/jail-journal.XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/socket",
		       fixture->directory);
	listen_there(fixture);
	*state = fixture;
	return journal_open(&fixture->journal, fixture->path, &origin,
			    &fixture->events);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	journal_close(&fixture->journal);
	events_done(&fixture->events);
	close_fd(&fixture->fd);
	(void)unlink(fixture->path);
	(void)rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void say(struct fixture *fixture, const char *message, size_t length)
{
	const struct journal_line line = { .priority = 6,
					   .facility = -1,
					   .stream = "stdout",
					   .message = message,
					   .length = length };

	journal_write(&fixture->journal, &line);
}

static void say_number(struct fixture *fixture, int number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "number %d", number);
	say(fixture, text, strlen(text));
}

/* The next entry, or false. */
static bool take(const struct fixture *fixture, char *text, size_t size)
{
	ssize_t got = recv(fixture->fd, text, size - 1, 0);

	if (got < 0)
		return false;
	text[got] = '\0';
	return true;
}

static void test_send(void **state)
{
	struct fixture *fixture = *state;
	char text[1024];

	assert_true(journal_is_there(fixture->path));
	assert_false(journal_is_there(fixture->directory));
	say(fixture, "hello", 5);
	assert_true(take(fixture, text, sizeof(text)));
	assert_string_equal(text, "MESSAGE=hello\nPRIORITY=6\n"
				  "SYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=web\n"
				  "JAIL_STREAM=stdout\n" ORIGIN);
	assert_false(take(fixture, text, sizeof(text)));
}

/* More than a datagram holds: a sealed file. */
static void test_large(void **state)
{
	struct fixture *fixture = *state;
	const size_t length = 1 << 20;
	CLEANUP_FREE char *text = malloc(length);
	CLEANUP_BUF struct buf content = BUF_INIT;
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = { .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct stat st;
	int fd;

	memset(text, 'x', length);
	say(fixture, text, length);
	assert_int_equal(recvmsg(fixture->fd, &message, 0), 0);
	assert_non_null(CMSG_FIRSTHDR(&message));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	assert_int_equal(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW |
							 F_SEAL_WRITE |
							 F_SEAL_SEAL);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true((size_t)st.st_size > length);
	content.data = calloc(1, 9);
	assert_int_equal(pread_all(fd, content.data, 8, 0), 0);
	assert_string_equal(content.data, "MESSAGE=");
	(void)close(fd);
}

/* Nobody reads: nothing blocks, and what comes later is in order. */
static void test_blocked(void **state)
{
	struct fixture *fixture = *state;
	char text[1024], wanted[32];
	int sent = 0, got = 0;

	while (!fixture->journal.backlog.length)
		say_number(fixture, sent++);
	for (int i = 0; i < 100; i++)
		say_number(fixture, sent++);
	assert_int_equal(fixture->journal.dropped, 0);
	while (got < sent) {
		while (take(fixture, text, sizeof(text))) {
			(void)snprintf(wanted, sizeof(wanted),
				       "MESSAGE=number %d\n", got++);
			assert_memory_equal(text, wanted, strlen(wanted));
		}
		if (got < sent)
			assert_int_equal(events_run_once(&fixture->events), 0);
	}
	assert_int_equal(fixture->journal.backlog.length, 0);
	say(fixture, "at once", 7);
	assert_true(take(fixture, text, sizeof(text)));
}

/* It is gone, longer than the backlog lasts, and comes back. */
static void test_vanished(void **state)
{
	struct fixture *fixture = *state;
	char text[1024], wanted[128];
	uint64_t dropped;
	int sent = 0, got = 0;

	close_fd(&fixture->fd);
	(void)unlink(fixture->path);
	while (fixture->journal.dropped < 10)
		say_number(fixture, sent++);
	assert_true(fixture->journal.backlog.length <= JOURNAL_BACKLOG_MAX);
	dropped = fixture->journal.dropped;
	listen_there(fixture);
	while (fixture->journal.dropped) {
		assert_int_equal(events_run_once(&fixture->events), 0);
		while (take(fixture, text, sizeof(text)))
			got++;
	}
	/* Those that were kept, and the last one tells of the others. */
	assert_int_equal(got, sent - (int)dropped + 1);
	(void)snprintf(wanted, sizeof(wanted),
		       "MESSAGE=%d lines are missing here", (int)dropped);
	assert_memory_equal(text, wanted, strlen(wanted));
	assert_non_null(strstr(text, "SYSLOG_IDENTIFIER=jailmount\n"));
	say(fixture, "again", 5);
	assert_true(take(fixture, text, sizeof(text)));
}

static void test_standard_error(void **state UNUSED)
{
	char value[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(value, sizeof(value), "%ju:%ju", (uintmax_t)st.st_dev,
		       (uintmax_t)st.st_ino);
	(void)unsetenv("JOURNAL_STREAM");
	assert_false(journal_is_standard_error());
	(void)setenv("JOURNAL_STREAM", value, 1);
	assert_true(journal_is_standard_error());
	(void)setenv("JOURNAL_STREAM", "1:2", 1);
	assert_false(journal_is_standard_error());
	(void)setenv("JOURNAL_STREAM", "1:x", 1);
	assert_false(journal_is_standard_error());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_newlines),
		cmocka_unit_test_setup_teardown(test_send, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_blocked, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_vanished, set_up,
						tear_down),
		cmocka_unit_test(test_standard_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
