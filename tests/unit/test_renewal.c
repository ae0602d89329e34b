/* How long a restore that nobody asked for is put off: mount/renewal.h. */
/* links: mount/renewal.o mount/events.o */
#include "mount/renewal.h"

#include "mount/supervisor.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Not called here. */
int restore_begin(struct supervisor *supervisor UNUSED,
		  const struct restore_order *order UNUSED,
		  struct diag *diag UNUSED)
{
	return -1;
}

void log_event(struct log_sink *sink UNUSED, unsigned int generation UNUSED,
	       const char *format UNUSED, ...)
{
}

static void test_delay(void **state UNUSED)
{
	assert_int_equal(renewal_delay(0), 0);
	assert_int_equal(renewal_delay(1), 1000000);
	assert_int_equal(renewal_delay(2), 2000000);
	assert_int_equal(renewal_delay(6), 32000000);
	assert_int_equal(renewal_delay(7), 60000000);
	assert_int_equal(renewal_delay(4000000000), 60000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_delay) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("renewal", tests, NULL, NULL);
}
