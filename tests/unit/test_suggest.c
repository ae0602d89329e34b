/* Nearest words: lib/suggest.h. */
#include "lib/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_distance(void **state UNUSED)
{
	static const struct {
		const char *word, *other;
		unsigned int distance;
	} cases[] = {
		{ "", "", 0 },		 { "a", "", 1 },
		{ "", "abc", 3 },	 { "copy", "copy", 0 },
		{ "copy", "cpy", 1 },	 { "copy", "coppy", 1 },
		{ "copy", "cope", 1 },	 { "copy", "cpoy", 1 },
		{ "limit", "ilmti", 2 }, { "kitten", "sitting", 3 },
		{ "ca", "abc", 3 }, /* 2 if an exchange could be edited */
		{ "RUN", "run", 0 },	 { "Rnu", "rUn", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(
			suggest_distance(cases[i].word, cases[i].other),
			cases[i].distance);
		assert_int_equal(
			suggest_distance(cases[i].other, cases[i].word),
			cases[i].distance);
	}
}

static void test_long_words(void **state UNUSED)
{
	char word[SUGGEST_WORD_MAX + 2];
	struct suggestion suggestion;

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(suggest_distance(word, word), SUGGEST_WORD_MAX + 1);
	suggestion = suggest_begin(word);
	suggest_offer(&suggestion, word);
	assert_null(suggestion.best);
	word[SUGGEST_WORD_MAX] = '\0';
	assert_int_equal(suggest_distance(word, word), 0);
}

static const char *nearest(const char *word)
{
	static const char *const known[] = {
		"name",	  "env",	 "dir", "device", "drain",   "copy",
		"source", "stop-signal", "run", "user",	  "workdir",
	};
	struct suggestion suggestion = suggest_begin(word);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		suggest_offer(&suggestion, known[i]);
	return suggestion.best;
}

static void test_nearest(void **state UNUSED)
{
	assert_string_equal(nearest("copyy"), "copy");
	assert_string_equal(nearest("RUN"), "run");
	assert_string_equal(nearest("devise"), "device");
	assert_string_equal(nearest("stop_signal"), "stop-signal");
	assert_string_equal(nearest("stopsigal"), "stop-signal");
	assert_null(nearest("tripwire"));
	assert_null(nearest("persist"));
	assert_null(nearest("x"));
	assert_null(nearest(""));
	assert_null(nearest("ab"));
}

static void test_hint(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct suggestion suggestion = suggest_begin("copyy");

	suggest_hint(&suggestion, &diag);
	assert_null(diag.hint);
	suggest_offer(&suggestion, "copy");
	suggest_hint(&suggestion, &diag);
	assert_string_equal(diag.hint, "did you mean 'copy'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_hint),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
