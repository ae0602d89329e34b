/* In which order jails start: mount/boot_order.h. */
/* links: mount/boot_order.o */
#include "mount/boot_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char a[] = "a", b[] = "b", c[] = "c", d[] = "d", nobody[] = "nobody";

static void check(struct boot_jail *jails, size_t count, const char *wanted)
{
	char got[64] = "";

	boot_order(jails, count);
	for (size_t i = 0; i < count; i++)
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got),
			       "%s%s ", jails[i].name,
			       jails[i].in_a_circle ? "!" : "");
	assert_string_equal(got, wanted);
}

static void test_names(void **state UNUSED)
{
	struct boot_jail jails[] = { { .name = c },
				     { .name = a },
				     { .name = b } };

	check(jails, 3, "a b c ");
	check(jails, 0, "");
}

static void test_after(void **state UNUSED)
{
	char *after_d[] = { d, NULL }, *after_b[] = { nobody, b, NULL };
	struct boot_jail jails[] = {
		{ .name = a, .after = after_d },
		{ .name = d, .after = after_b },
		{ .name = b },
		{ .name = c },
	};

	check(jails, 4, "b c d a ");
}

static void test_circle(void **state UNUSED)
{
	char *after_b[] = { b, NULL }, *after_a[] = { a, NULL };
	char *after_c[] = { c, NULL };
	struct boot_jail jails[] = {
		{ .name = a, .after = after_b },
		{ .name = b, .after = after_a },
		{ .name = c },
		{ .name = d, .after = after_a },
	};
	struct boot_jail own[] = { { .name = c, .after = after_c } };

	check(jails, 4, "c a! b! d! ");
	check(own, 1, "c! ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_circle),
	};

	return cmocka_run_group_tests_name("boot order", tests, NULL, NULL);
}
