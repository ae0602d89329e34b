/* Times as people write them: lib/duration.h. */
#include "lib/duration.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MOST = 7 * 24 * 3600 * 1000 };

static int64_t parse(const char *text)
{
	uint64_t milliseconds = 4711;
	int r = duration_parse(text, MOST, &milliseconds);

	if (r < 0)
		assert_int_equal(milliseconds, 4711);
	return r < 0 ? r : (int64_t)milliseconds;
}

static void test_times(void **state UNUSED)
{
	assert_int_equal(parse("500ms"), 500);
	assert_int_equal(parse("30s"), 30000);
	assert_int_equal(parse("5m"), 300000);
	assert_int_equal(parse("1h"), 3600000);
	assert_int_equal(parse("7d"), MOST);
	assert_int_equal(parse("0"), 0);
	assert_int_equal(parse("0s"), 0);
}

static void test_others(void **state UNUSED)
{
	static const char *const wrong[] = { "",    "3",    "s",   "-1s",
					     "1 s", "1.5s", "1S",  "1ss",
					     " 1s", "1h5m", "0x1s" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(parse(wrong[i]), -EINVAL);
	assert_int_equal(parse("8d"), -ERANGE);
	assert_int_equal(parse("18446744073709551615ms"), -ERANGE);
	assert_int_equal(parse("18446744073709551616s"), -ERANGE);
	assert_int_equal(parse("99999999999999999999999999s"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
