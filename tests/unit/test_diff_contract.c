/* Two contracts, value by value. */
/* links: pack/diff_contract.o */
/* packages: libelf */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "pack/diff.h"

/* What differs, as "PATH OLD NEW;" with "-" for what is not there. */
static void check(const char *old, const char *new, const char *wanted)
{
	json_t *a = json_loads(old, 0, NULL), *b = json_loads(new, 0, NULL);
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct diff_value *values = NULL;
	size_t count = 0;

	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(diff_contract(a, b, &values, &count), 0);
	buf_puts(&text, "");
	for (size_t i = 0; i < count; i++) {
		json_t *sides[] = { values[i].old, values[i].new };

		buf_puts(&text, values[i].path);
		for (int side = 0; side < 2; side++) {
			char *dump = json_dumps(sides[side],
						JSON_ENCODE_ANY | JSON_COMPACT);

			buf_printf(&text, " %s", dump ? dump : "-");
			free(dump);
		}
		buf_putc(&text, ';');
		assert_int_equal(values[i].kind, !sides[0]   ? DIFF_ADDED
						 : !sides[1] ? DIFF_REMOVED
							     : DIFF_CHANGED);
	}
	assert_string_equal(text.data, wanted);
	diff_values_done(values, count);
	json_decref(a);
	json_decref(b);
}

static void test_values(void **state)
{
	(void)state;
	check("{}", "{}", "");
	check("{\"a\":1}", "{\"a\":1}", "");
	check("{\"a\":{\"b\":1,\"c\":true}}", "{\"a\":{\"b\":2,\"c\":true}}",
	      "a.b 1 2;");
	check("{\"b\":1}", "{\"a\":1,\"c\":2}", "a - 1;b 1 -;c - 2;");
	check("{\"a\":1}", "{\"a\":\"1\"}", "a 1 \"1\";");
	check("{\"a\":{\"b\":1}}", "{\"a\":[1]}", "a {\"b\":1} [1];");
}

static void test_lists(void **state)
{
	(void)state;
	check("{\"a\":[1,2]}", "{\"a\":[2,3]}", "a[] 1 -;a[] - 3;");
	check("{\"a\":[1,1]}", "{\"a\":[1]}", "a[] 1 -;");
	check("{\"a\":[]}", "{\"a\":[1,1]}", "a[] - 1;a[] - 1;");
	/* The order counts, for arguments: then the whole is told. */
	check("{\"a\":[1,2]}", "{\"a\":[2,1]}", "a [1,2] [2,1];");
}

static void test_named(void **state)
{
	(void)state;
	check("{\"m\":[{\"destination\":\"/a\",\"type\":\"x\"}]}",
	      "{\"m\":[{\"destination\":\"/b\",\"type\":\"x\"},"
	      "{\"destination\":\"/a\",\"type\":\"y\"}]}",
	      "m[/a].type \"x\" \"y\";"
	      "m[/b] - {\"destination\":\"/b\",\"type\":\"x\"};");
	/* A name that two have is none. */
	check("{\"m\":[{\"type\":\"c\",\"x\":1},{\"type\":\"c\",\"x\":2}]}",
	      "{\"m\":[{\"type\":\"c\",\"x\":1},{\"type\":\"c\",\"x\":3}]}",
	      "m[] {\"type\":\"c\",\"x\":2} -;m[] - {\"type\":\"c\",\"x\":3};");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
