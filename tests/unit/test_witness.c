/* What a generation was seen to do: mount/witness.h. */
/* links: mount/witness.o mount/seccomp_list.o mount/json_values.o
   mount/clock.o */
#include "mount/witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

static const struct witness_first first = { .time = 1,
					    .pid = 7,
					    .command = "x\033y" };

static void each_program_once(void **state)
{
	CLEANUP_WITNESS struct witness witness = WITNESS_INIT;

	(void)state;
	assert_true(witness_program(&witness, "/bin/a", true, &first));
	assert_true(witness_program_again(&witness, "/bin/a", true));
	/* The same name, but not the image's. */
	assert_false(witness_program_again(&witness, "/bin/a", false));
	assert_false(witness_program_again(&witness, "/tmp/a", false));
	assert_true(witness_program(&witness, "/tmp/a", false, &first));
	assert_int_equal(witness.program_count, 2);
	assert_int_equal(witness.programs[0].count, 2);
	assert_int_equal(witness.programs[0].first.pid, 7);
	assert_false(witness.programs[1].of_image);
}

/* However many there are of the one kind, the other is told. */
static void neither_hides_the_other(void **state)
{
	CLEANUP_WITNESS struct witness witness = WITNESS_INIT;
	char path[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(path, sizeof(path), "/bin/%d", i);
		assert_int_equal(witness_program(&witness, path, true, &first),
				 i < WITNESS_PROGRAMS_MAX);
	}
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(path, sizeof(path), "/tmp/%d", i);
		assert_int_equal(witness_program(&witness, path, false, &first),
				 i < WITNESS_OTHERS_MAX);
	}
	assert_int_equal(witness.program_count,
			 WITNESS_PROGRAMS_MAX + WITNESS_OTHERS_MAX);
	assert_int_equal(witness.unlisted,
			 2000 - WITNESS_PROGRAMS_MAX - WITNESS_OTHERS_MAX);
	/* Those that are known go on being counted. */
	assert_true(witness_program_again(&witness, "/tmp/0", false));
	assert_int_equal(witness.programs[WITNESS_PROGRAMS_MAX].count, 2);
}

static void calls(void **state)
{
	CLEANUP_WITNESS struct witness witness = WITNESS_INIT;
	json_t *array, *call;

	(void)state;
	assert_true(witness_call(&witness, SYS_ptrace, &first));
	assert_true(witness_call_again(&witness, SYS_ptrace));
	assert_false(witness_call_again(&witness, SYS_mount));
	assert_true(witness_call(&witness, SYS_mount, &first));
	assert_int_equal(witness.refused, 3);
	array = witness_calls_json(&witness);
	assert_int_equal(json_array_size(array), 2);
	call = json_array_get(array, 0);
	assert_string_equal(json_string_value(json_object_get(call, "call")),
			    "ptrace");
	assert_int_equal(json_integer_value(json_object_get(call, "count")), 2);
	assert_string_equal(json_string_value(json_object_get(call, "command")),
			    "x\\x1by");
	json_decref(array);
	for (uint32_t i = 0; i < 1000; i++)
		if (!witness_call_again(&witness, i))
			(void)witness_call(&witness, i, &first);
	assert_int_equal(witness.call_count, WITNESS_CALLS_MAX);
	assert_int_equal(witness.refused, 1003);
}

static void programs_of_the_jail_itself(void **state)
{
	CLEANUP_WITNESS struct witness witness = WITNESS_INIT;
	const struct witness_first start = { .time = 1 };
	json_t *array, *program;

	(void)state;
	assert_true(witness_program(&witness, "/bin/a", true, &start));
	array = witness_programs_json(&witness);
	program = json_array_get(array, 0);
	assert_true(json_is_true(json_object_get(program, "of_image")));
	assert_null(json_object_get(program, "pid"));
	assert_non_null(json_object_get(program, "first"));
	json_decref(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_once),
		cmocka_unit_test(neither_hides_the_other),
		cmocka_unit_test(calls),
		cmocka_unit_test(programs_of_the_jail_itself),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
