/* What passes /dev/log: mount/log_rate.h, mount/syslog_line.h. */
/* links: mount/log_rate.o mount/syslog_line.o */
#include "mount/log_rate.h"

#include "mount/syslog_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000000 };

static int admitted(struct log_rate *rate, int64_t now, int count)
{
	int passed = 0;

	while (count--)
		passed += log_rate_admit(rate, now);
	return passed;
}

static void test_burst(void **state UNUSED)
{
	struct log_rate rate = { 0 };
	const int64_t now = 77 * (int64_t)SECOND;

	assert_int_equal(admitted(&rate, now, 3 * LOG_RATE_BURST),
			 LOG_RATE_BURST);
	assert_int_equal(rate.dropped, 2 * LOG_RATE_BURST);
	/* In the long run. */
	assert_int_equal(admitted(&rate, now + SECOND, LOG_RATE_BURST),
			 LOG_RATE_SECOND);
	assert_int_equal(
		admitted(&rate, now + 60 * (int64_t)SECOND, 2 * LOG_RATE_BURST),
		LOG_RATE_BURST);
}

static void test_tell(void **state UNUSED)
{
	struct log_rate rate = { 0 };

	(void)admitted(&rate, SECOND, LOG_RATE_BURST);
	assert_int_equal(log_rate_tell(&rate, 9 * (int64_t)SECOND, false), 0);
	assert_int_equal(admitted(&rate, SECOND, 5), 0);
	assert_int_equal(log_rate_tell(&rate, SECOND + 1, false), 0);
	assert_int_equal(log_rate_tell(&rate, SECOND + LOG_RATE_TELL_US, false),
			 5);
	assert_int_equal(log_rate_tell(&rate, SECOND + LOG_RATE_TELL_US, true),
			 0);
	assert_int_equal(admitted(&rate, SECOND, 2), 0);
	assert_int_equal(log_rate_tell(&rate, SECOND, true), 2);
}

static void parse(const char *message, int priority, int facility,
		  const char *text)
{
	struct syslog_line line = syslog_line_parse(message, strlen(message));

	assert_int_equal(line.priority, priority);
	assert_int_equal(line.facility, facility);
	assert_int_equal(line.length, strlen(text));
	assert_memory_equal(line.text, text, line.length);
}

static void test_messages(void **state UNUSED)
{
	parse("<13>Nov 24 06:40:00 web: hello", 5, 1, "web: hello");
	parse("<86>Nov  4 06:40:00 sshd[2]: in", 6, 10, "sshd[2]: in");
	parse("<0>web: no time", 0, 0, "web: no time");
	parse("<191>", 7, 23, "");
	parse("<192>too much", -1, -1, "<192>too much");
	parse("<1910>too long", -1, -1, "<1910>too long");
	parse("<>none", -1, -1, "<>none");
	parse("<13", -1, -1, "<13");
	parse("<1x>", -1, -1, "<1x>");
	parse("plain", -1, -1, "plain");
	parse("", -1, -1, "");
	parse("<13>Nov 24 06:40:00", 5, 1, "Nov 24 06:40:00");
	parse("<13>Nov x4 06:40:00 web", 5, 1, "Nov x4 06:40:00 web");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_tell),
		cmocka_unit_test(test_messages),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("log_rate", tests, NULL, NULL);
}
