/* Logs: mount/logs.h, mount/log_format.h. */
/* links: mount/logs.o mount/log_format.o mount/log_sink.o mount/log_rate.o
 *        mount/syslog_line.o mount/journal.o mount/journal_entry.o
 *        mount/events.o mount/clock.o */
#include "mount/logs.h"

#include "lib/fdio.h"
#include "mount/log_format.h"

#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PREFIX                                                                 \
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z web 1 abcd #3 "

static void match(const char *text, const char *pattern)
{
	regex_t regex;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, text, 0, NULL, 0) != 0)
		fail_msg("\"%s\" does not match \"%s\"", text, pattern);
	regfree(&regex);
}

static void feed(const char *bytes, struct log_line *line, struct buf *text)
{
	const struct log_format format = { .origin = "web 1 abcd",
					   .generation = 3,
					   .stream = "stderr" };

	log_format_bytes(&format, line, bytes, strlen(bytes), text);
}

static size_t count_lines(const struct buf *text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text->length; i++)
		lines += text->data[i] == '\n';
	return lines;
}

static void test_lines(void **state UNUSED)
{
	CLEANUP_FREE struct log_line *line = calloc(1, sizeof(*line));
	CLEANUP_BUF struct buf text = BUF_INIT;

	feed("one\ntw", line, &text);
	assert_int_equal(count_lines(&text), 1);
	match(text.data, PREFIX "stderr: one\n$");
	buf_reset(&text);
	feed("o\n\n", line, &text);
	assert_int_equal(count_lines(&text), 2);
	match(text.data, PREFIX "stderr: two\n");
	match(text.data, " stderr: \n$");
	/* What comes at once has one time, and then the next. */
	buf_reset(&text);
	feed("a\nb\n", line, &text);
	assert_memory_equal(text.data, text.data + text.length / 2,
			    text.length / 2 - 2);
	(void)usleep(2);
	feed("a\n", line, &text);
	assert_memory_not_equal(text.data, text.data + text.length / 3 * 2,
				text.length / 3 - 2);
}

/* Nobody forges a line, or moves a cursor. */
static void test_control_characters(void **state UNUSED)
{
	CLEANUP_FREE struct log_line *line = calloc(1, sizeof(*line));
	CLEANUP_BUF struct buf text = BUF_INIT;

	feed("a\rb\033[2Jc\td\\x\xff\xc3\xa4\n", line, &text);
	assert_int_equal(count_lines(&text), 1);
	match(text.data, "stderr: a\\\\x0db\\\\x1b\\[2Jc\td\\\\x\\\\xff"
			 "\xc3\xa4\n$");
}

static void test_long_lines(void **state UNUSED)
{
	CLEANUP_FREE struct log_line *line = calloc(1, sizeof(*line));
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_BUF struct buf input = BUF_INIT;

	for (int i = 0; i < LOGS_LINE_MAX + 10; i++)
		buf_putc(&input, 'x');
	buf_puts(&input, "end\nnext\n");
	feed(input.data, line, &text);
	assert_int_equal(count_lines(&text), 3);
	match(text.data, "stderr: x+\n");
	match(text.data, "stderr\\+: x{10}end\n");
	match(text.data, "stderr: next\n$");
}

static void test_flush(void **state UNUSED)
{
	const struct log_format format = { .origin = "web 1 abcd",
					   .generation = 3,
					   .stream = "stderr" };
	CLEANUP_FREE struct log_line *line = calloc(1, sizeof(*line));
	CLEANUP_BUF struct buf text = BUF_INIT;

	feed("half", line, &text);
	assert_int_equal(text.length, 0);
	log_format_flush(&format, line, &text);
	match(text.data, "stderr: half\n$");
	buf_reset(&text);
	log_format_flush(&format, line, &text);
	assert_int_equal(text.length, 0);
}

static void test_recent(void **state UNUSED)
{
	struct log_recent recent = { 0 };
	const struct log_format format = { .origin = "web",
					   .stream = "stdout",
					   .recent = &recent };
	CLEANUP_FREE struct log_line *line = calloc(1, sizeof(*line));
	CLEANUP_BUF struct buf text = BUF_INIT;

	assert_string_equal(log_recent_text(&recent), "");
	log_format_bytes(&format, line, "a\nb\n", 4, &text);
	assert_string_equal(log_recent_text(&recent), "a\nb");
	for (int i = 0; i < LOGS_RECENT_LINES - 1; i++)
		log_format_bytes(&format, line, "c\n", 2, &text);
	assert_memory_equal(log_recent_text(&recent), "b\nc\nc", 5);
	log_recent_done(&recent);
}

/* --- Whole ---------------------------------------------------------------- */

struct fixture {
	char directory[64];
	char path[128];
	struct events events;
	struct log_sink sink;
	struct logs *logs;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->directory, "/tmp/jail-logs.XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/jails/web.log",
		       fixture->directory);
	*state = fixture;
	if (log_sink_open(&fixture->sink, fixture->path, "web 1 abcd", NULL) <
	    0)
		return -1;
	return logs_new(&fixture->events, &fixture->sink, 3, &fixture->logs);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char path[160];

	logs_free(fixture->logs);
	log_sink_close(&fixture->sink);
	events_done(&fixture->events);
	(void)unlink(fixture->path);
	(void)snprintf(path, sizeof(path), "%s.1", fixture->path);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/jails", fixture->directory);
	(void)rmdir(path);
	(void)rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void read_log(const struct fixture *fixture, struct buf *content)
{
	buf_reset(content);
	assert_int_equal(read_file(fixture->path, 1 << 20, content, NULL), 0);
}

static void test_pipe(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_CLOSE int end = -1;

	assert_int_equal(logs_add_pipe(fixture->logs, LOG_STDOUT, &end), 0);
	assert_int_equal(write(end, "hello\nunfin", 11), 11);
	assert_int_equal(events_run_once(&fixture->events), 0);
	read_log(fixture, &content);
	match(content.data, PREFIX "stdout: hello\n$");
	assert_string_equal(logs_recent(fixture->logs), "hello");
	assert_int_equal(write(end, "ished", 5), 5);
	logs_finish(fixture->logs);
	read_log(fixture, &content);
	match(content.data, "stdout: unfinished\n$");
}

/* Lines that wait to be taken together do not come behind a later one of
 * another stream. */
static void test_order(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_CLOSE int out = -1, error = -1;

	assert_int_equal(logs_add_pipe(fixture->logs, LOG_STDOUT, &out), 0);
	assert_int_equal(logs_add_pipe(fixture->logs, LOG_STDERR, &error), 0);
	assert_int_equal(write(out, "one\n", 4), 4);
	assert_int_equal(events_run_once(&fixture->events), 0);
	assert_int_equal(write(out, "two\n", 4), 4);
	assert_int_equal(write(error, "three\n", 6), 6);
	assert_int_equal(events_run_once(&fixture->events), 0);
	read_log(fixture, &content);
	match(content.data, "one\n[^\n]*two\n[^\n]*three\n$");
}

/* The other end is closed: no more turns, no spinning. */
static void test_end_of_pipe(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_CLOSE int end = -1;

	assert_int_equal(logs_add_pipe(fixture->logs, LOG_STDERR, &end), 0);
	close_fd(&end);
	assert_int_equal(events_run_once(&fixture->events), 0);
	for (size_t i = 0; i < fixture->events.source_count; i++)
		assert_null(fixture->events.sources[i]);
}

static void test_event(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_BUF struct buf content = BUF_INIT;

	log_event(&fixture->sink, 3, "it is %s", "so");
	read_log(fixture, &content);
	match(content.data, PREFIX "jailmount: it is so\n$");
}

static void test_rotation(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP_BUF struct buf content = BUF_INIT;
	char old[160];
	struct stat st;

	log_event(&fixture->sink, 3, "before");
	fixture->sink.size = fixture->sink.size_max;
	log_event(&fixture->sink, 3, "behind");
	read_log(fixture, &content);
	assert_null(strstr(content.data, "before"));
	assert_non_null(strstr(content.data, "behind"));
	(void)snprintf(old, sizeof(old), "%s.1", fixture->path);
	assert_int_equal(stat(old, &st), 0);
	assert_true(st.st_size > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_recent),
		cmocka_unit_test_setup_teardown(test_pipe, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end_of_pipe, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_event, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rotation, set_up,
						tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("logs", tests, NULL, NULL);
}
