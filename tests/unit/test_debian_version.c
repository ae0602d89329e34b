/* The order of versions: deb-version(7), and what dpkg makes of the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base.h"
#include "lib/debian_version.h"

/* Each is older than the next. */
static const char *const ascending[] = {
	"~~",
	"~~a",
	"~",
	"0~rc1-1",
	"0-1~bpo1",
	"0-1",
	"0a",
	"0+",
	"0.0.1",
	"1a",
	"1z",
	"1+",
	"1.0~beta1",
	"1.0~beta1-0.1",
	"1.0-1~deb12u1",
	"1.0-1",
	"1.0-1+b1",
	"1.0-1+deb12u1",
	"1.0-1.1",
	"1.0-2",
	"1.0-10",
	"1.0a-1",
	"1.0+dfsg-1",
	"1.0.1-1",
	"1.2-3-1",
	"1.9",
	"1.10",
	"1.18446744073709551616",
	"1.18446744073709551617",
	"2",
	"1:0~",
	"1:0.1",
	"2:0",
	"10:0",
};

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void test_order(void **state)
{
	int count = (int)ARRAY_SIZE(ascending);

	(void)state;
	for (int i = 0; i < count; i++) {
		for (int j = 0; j < count; j++) {
			int order = debian_version_compare(ascending[i],
							   ascending[j]);

			if (sign(order) != sign(i - j))
				fail_msg("%s and %s: %d", ascending[i],
					 ascending[j], order);
		}
	}
}

static void test_equal(void **state)
{
	static const char *const equal[][2] = {
		{ "1.0", "1.0-0" }, { "0:1.0-1", "1.0-1" },
		{ "1.00", "1.0" },  { "1.0-01", "1.0-1" },
		{ "", "" },	    { "00:1", "1" },
		{ "1-0", "1-" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(equal); i++)
		if (debian_version_compare(equal[i][0], equal[i][1]) != 0)
			fail_msg("%s and %s", equal[i][0], equal[i][1]);
}

/* dpkg itself, where the machine has it. */
static void test_as_dpkg(void **state)
{
	(void)state;
	if (system("dpkg --compare-versions 1 lt 2 2>/dev/null") != 0)
		skip();
	for (size_t i = 0; i + 1 < ARRAY_SIZE(ascending); i++) {
		char command[256];

		/* A version begins with a digit; dpkg only warns. */
		(void)snprintf(command, sizeof(command),
			       "dpkg --compare-versions '%s' lt '%s' "
			       "2>/dev/null",
			       ascending[i], ascending[i + 1]);
		if (system(command) != 0)
			fail_msg("dpkg thinks otherwise of %s and %s",
				 ascending[i], ascending[i + 1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_as_dpkg),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
