/* Sizes as people write them: lib/size.h. */
#include "lib/size.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_sizes(void **state UNUSED)
{
	static const struct {
		const char *text;
		int result;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "0G", 0, 0 },
		{ "1", 0, 1 },
		{ "64k", 0, 65536 },
		{ "64K", 0, 65536 },
		{ "16M", 0, 16 << 20 },
		{ "1G", 0, 1 << 30 },
		{ "2T", 0, (uint64_t)2 << 40 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775808", -ERANGE, 7 },
		{ "8388607T", 0, (uint64_t)8388607 << 40 },
		{ "8388608T", -ERANGE, 7 },
		{ "99999999999999999999999", -ERANGE, 7 },
		{ "", -EINVAL, 7 },
		{ "k", -EINVAL, 7 },
		{ "1 k", -EINVAL, 7 },
		{ "-1", -EINVAL, 7 },
		{ "1kB", -EINVAL, 7 },
		{ "1.5G", -EINVAL, 7 },
		{ "1g", -EINVAL, 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t bytes = 7;

		if (size_parse(cases[i].text, &bytes) != cases[i].result ||
		    bytes != cases[i].bytes)
			fail_msg("%s: %ju", cases[i].text, (uintmax_t)bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_sizes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
