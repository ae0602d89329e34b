/* systemd's unit files: pack/unit_file.h, and the command lines in them. */
/* links: pack/unit_file.o pack/unit_words.o pack/unit_values.o
 * pack/from_unit_command.o */
#include "lib/buf.h"
#include "pack/from_unit_draft.h"
#include "pack/unit_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct unit_specifiers specifiers = {
	.name = "web@a-b\\x2dc.service",
	.user = "root",
	.home = "/root",
	.hostname = "here",
};

static void parse(struct unit_file *unit, const char *text)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(
		unit_file_parse(unit, "x.service", text, strlen(text), &diag),
		0);
}

static void test_assignments(void **state UNUSED)
{
	struct unit_file unit = UNIT_FILE_INIT;

	parse(&unit, "# comment\n"
		     "; another\n"
		     "[Unit]\n"
		     "Description = A  thing \n"
		     "[Service]\r\n"
		     "ExecStart=/bin/a \\\n"
		     "  # between\n"
		     "  b \\\n"
		     "\tc\n"
		     "Nonsense\n"
		     "User=one\n"
		     "User=two");
	assert_string_equal(unit_file_get(&unit, "Unit", "Description"),
			    "A  thing");
	assert_string_equal(unit_file_get(&unit, "Service", "ExecStart"),
			    "/bin/a    b  \tc");
	assert_string_equal(unit_file_get(&unit, "Service", "User"), "two");
	assert_null(unit_file_get(&unit, "Service", "Description"));
	assert_null(unit_file_get(&unit, "Service", "user"));
	assert_int_equal(unit.count, 5);
	assert_null(unit.entries[2].key);
	assert_string_equal(unit.entries[2].value, "Nonsense");
	unit_file_done(&unit);
}

static void test_lists(void **state UNUSED)
{
	struct unit_file unit = UNIT_FILE_INIT;
	size_t at = 0;

	parse(&unit, "[Service]\nExecStart=/bin/a\nEnvironment=A=1\n");
	/* A drop-in. */
	parse(&unit, "[Service]\nExecStart=\nExecStart=/bin/b\n"
		     "ExecStart=/bin/c\nEnvironment=B=2\n");
	assert_string_equal(unit_file_next(&unit, "Service", "ExecStart", &at),
			    "/bin/b");
	assert_string_equal(unit_file_next(&unit, "Service", "ExecStart", &at),
			    "/bin/c");
	assert_null(unit_file_next(&unit, "Service", "ExecStart", &at));
	at = 0;
	assert_string_equal(
		unit_file_next(&unit, "Service", "Environment", &at), "A=1");
	assert_string_equal(
		unit_file_next(&unit, "Service", "Environment", &at), "B=2");
	parse(&unit, "[Service]\nEnvironment=\n");
	assert_null(unit_file_get(&unit, "Service", "Environment"));
	unit_file_done(&unit);
}

static void test_refusals(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct unit_file unit = UNIT_FILE_INIT;
	CLEANUP_BUF struct buf many = BUF_INIT;

	assert_int_equal(unit_file_parse(&unit, "x", "a=\0b", 4, &diag),
			 -EINVAL);
	assert_int_equal(unit_file_parse(&unit, "x", "a=\xff", 3, &diag),
			 -EINVAL);
	for (int i = 0; i <= UNIT_ENTRIES_MAX; i++)
		buf_puts(&many, "a=b\n");
	assert_int_equal(
		unit_file_parse(&unit, "x", many.data, many.length, &diag),
		-E2BIG);
	assert_int_equal(unit_file_parse(&unit, "x", many.data,
					 UNIT_TEXT_MAX + 1, &diag),
			 -E2BIG);
	unit_file_done(&unit);
}

/* "[one] [two]", or the error's number. */
static char *words_of(const char *value)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	char **words = NULL;
	int r = unit_words(value, &words, &diag);

	if (r < 0)
		buf_printf(&text, "%d", r);
	else
		buf_puts(&text, "");
	for (char **word = words; word && *word; word++)
		buf_printf(&text, "%s[%s]", text.length ? " " : "", *word);
	strv_free(words);
	return buf_steal(&text);
}

static void test_words(void **state UNUSED)
{
	static const struct {
		const char *value, *words;
	} values[] = {
		{ "", "" },
		{ "  a\tb  ", "[a] [b]" },
		{ "\"a b\" 'c d'", "[a b] [c d]" },
		{ "a\"b c\"d", "[ab cd]" },
		{ "'' \"\"", "[] []" },
		{ "\\x41\\t\\\\\\s", "[A\t\\ ]" },
		{ "a\\ b", "[a b]" },
		{ "\"open", "-22" },
		{ "\\q", "-22" },
		{ "\\x0", "-22" },
		{ "\\x00", "-22" },
		{ "\\", "-22" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		CLEANUP_FREE char *words = words_of(values[i].value);

		assert_string_equal(words, values[i].words);
	}
}

static void test_specifiers(void **state UNUSED)
{
	static const struct {
		const char *text, *expanded;
		char unknown;
	} texts[] = {
		{ "plain", "plain", 0 },
		{ "%n %N %p", "web@a-b\\x2dc.service web@a-b\\x2dc web", 0 },
		{ "%i %I", "a-b\\x2dc a/b-c", 0 },
		{ "%t%S%%", "/run/var/lib%", 0 },
		{ "%h %u %H", "/root root here", 0 },
		{ "%b", "%b", 'b' },
		{ "end%", "end%", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP_BUF struct buf text = BUF_INIT;
		char unknown = '\0';

		assert_int_equal(unit_expand(&specifiers, texts[i].text, &text,
					     &unknown),
				 0);
		assert_string_equal(text.data, texts[i].expanded);
		assert_int_equal(unknown, texts[i].unknown);
	}
}

static void test_numbers(void **state UNUSED)
{
	uint64_t value;

	assert_int_equal(unit_duration("90", &value), 0);
	assert_int_equal(value, 90000);
	assert_int_equal(unit_duration("1min 30s", &value), 0);
	assert_int_equal(value, 90000);
	assert_int_equal(unit_duration("250ms", &value), 0);
	assert_int_equal(value, 250);
	assert_int_equal(unit_duration("infinity", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(unit_duration("", &value), -EINVAL);
	assert_int_equal(unit_duration("5 lightyears", &value), -EINVAL);
	assert_int_equal(unit_duration("99999999999999999999d", &value),
			 -EINVAL);
	assert_int_equal(unit_size("512M", &value), 0);
	assert_int_equal(value, 512 << 20);
	assert_int_equal(unit_size("7", &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(unit_size("50%", &value), -EINVAL);
	assert_int_equal(unit_size("1M 1M", &value), -EINVAL);
}

static void test_environment_file(void **state UNUSED)
{
	static const char text[] = "# comment\n"
				   "A=plain  \n"
				   "B=\"two words\" # kept\n"
				   "export C=no\n"
				   " D='a\\b'\n"
				   "E=one\\\ntwo\n"
				   "1F=no\n"
				   "A=again\n";
	static const char *const wanted[] = { "A=again", "B=two words # kept",
					      "D=a\\b", "E=onetwo" };
	char **variables = NULL;

	assert_int_equal(unit_environment_file(text, strlen(text), &variables),
			 0);
	assert_int_equal(strv_length(variables), ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_string_equal(variables[i], wanted[i]);
	strv_free(variables);
}

static void check_command(const char *value, const char *wanted_prefixes,
			  const char *wanted)
{
	static char a[] = "A=value", list[] = "LIST=x 'y z'";
	char *const environment[] = { a, list, NULL };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	char prefixes[8];
	char **words = NULL;

	assert_int_equal(unit_command(value, &specifiers, environment, prefixes,
				      &words, &diag),
			 0);
	for (char **word = words; *word; word++)
		buf_printf(&text, "[%s]", *word);
	assert_string_equal(text.data, wanted);
	assert_string_equal(prefixes, wanted_prefixes);
	strv_free(words);
}

static void test_command(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char prefixes[8];
	char **words = NULL;

	check_command("/bin/a b", "", "[/bin/a][b]");
	check_command("-@/bin/a called b", "-@", "[/bin/a][b]");
	check_command("/bin/a ${A}-x $LIST $NONE '${NONE}' $$A", "",
		      "[/bin/a][value-x][x][y z][][$A]");
	check_command(":/bin/a $A ${A}", ":", "[/bin/a][$A][${A}]");
	check_command("/bin/a %p ; /bin/b", "", "[/bin/a][web]");
	assert_int_equal(
		unit_command("-", &specifiers, NULL, prefixes, &words, &diag),
		-EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assignments),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_specifiers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_environment_file),
		cmocka_unit_test(test_command),
	};

	return cmocka_run_group_tests_name("unit files", tests, NULL, NULL);
}
