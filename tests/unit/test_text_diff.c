/* Unified diffs: the shape of hunks, and that they are right and the fewest. */
/* links: pack/text_diff.o */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pack/text_diff.h"

static struct buf buf_of(const char *text)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, text);
	return buf;
}

static void check(const char *old, const char *new, const char *wanted)
{
	CLEANUP_BUF struct buf a = buf_of(old);
	CLEANUP_BUF struct buf b = buf_of(new);
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct text_diff_count count;

	assert_int_equal(text_diff(&a, &b, &text, &count), 0);
	assert_string_equal(text.data ? text.data : "", wanted);
}

/* What GNU diff -u prints, without the two lines of names. */
static void test_shapes(void **state)
{
	(void)state;
	check("", "", "");
	check("a\n", "a\n", "");
	check("a\nb\nc\n", "a\nx\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
	check("", "a\n", "@@ -0,0 +1 @@\n+a\n");
	check("a\n", "", "@@ -1 +0,0 @@\n-a\n");
	check("a\n", "a\nb\n", "@@ -1 +1,2 @@\n a\n+b\n");
	check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n",
	      "@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+x\n");
	check("a\nb\n", "b\na\n", "@@ -1,2 +1,2 @@\n-a\n b\n+a\n");
}

static void test_two_hunks(void **state)
{
	(void)state;
	/* Six equal lines between two changes make one hunk, seven two. */
	check("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
	      "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
	check("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
	      "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
	      "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

static void test_last_line(void **state)
{
	(void)state;
	check("a", "a\n",
	      "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
	check("a\nb", "c\nb",
	      "@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n");
}

static void test_what_is_shown(void **state)
{
	(void)state;
	/* Text for a terminal stays as it is, tabs and backslashes too. */
	check("a\tb\\n\xc3\xa4\n", "", "@@ -1 +0,0 @@\n-a\tb\\n\xc3\xa4\n");
	check("\x1b[2J\n", "", "@@ -1 +0,0 @@\n-\\x1b[2J\n");
	check("a\r\n", "", "@@ -1 +0,0 @@\n-a\\x0d\n");
	check("\xe4\n", "", "@@ -1 +0,0 @@\n-\\xe4\n");
}

static void test_is_text(void **state)
{
	(void)state;
	assert_true(text_is_text("", 0));
	assert_true(text_is_text("a\tb\r\n\f\xe4", 7));
	assert_false(text_is_text("a\0b", 3));
	assert_false(text_is_text("\x1b[2J", 4));
	assert_false(text_is_text("\x7f", 1));
}

/* --- Against what the algorithm promises --- */

/* Apply the hunks to `old`, in which every line is one character and its
 * newline. */
static void apply(const char *old, const char *text, struct buf *result)
{
	const char *from = old;

	while (*text) {
		size_t at = strtoul(text + 4, NULL, 10);
		const char *comma = strpbrk(text + 4, ", ");

		/* "-N,0" is behind line N. */
		if (*comma == ',' && comma[1] == '0')
			at++;
		while (from < old + 2 * (at - 1)) {
			buf_append(result, from, 2);
			from += 2;
		}
		for (text = strchr(text, '\n') + 1; *text && *text != '@';
		     text += 3) {
			if (*text != '+') {
				assert_memory_equal(from, text + 1, 2);
				from += 2;
			}
			if (*text != '-')
				buf_append(result, text + 1, 2);
		}
	}
	buf_puts(result, from);
}

/* The length of the longest common subsequence, the slow way. */
static size_t common(const char *a, const char *b)
{
	static size_t table[64][64];
	size_t n = strlen(a) / 2, m = strlen(b) / 2;

	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			size_t up = table[i - 1][j], left = table[i][j - 1];

			table[i][j] = up > left ? up : left;
			if (a[2 * i - 2] == b[2 * j - 2])
				table[i][j] = table[i - 1][j - 1] + 1;
		}
	}
	return table[n][m];
}

static void random_text(unsigned int *seed, char *text)
{
	size_t count = (size_t)rand_r(seed) % 40;

	for (size_t i = 0; i < count; i++) {
		*text++ = (char)('a' + rand_r(seed) % 4);
		*text++ = '\n';
	}
	*text = '\0';
}

static void test_fewest_and_right(void **state)
{
	unsigned int seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char old[128], new[128];
		CLEANUP_BUF struct buf text = BUF_INIT;
		CLEANUP_BUF struct buf result = BUF_INIT;
		struct text_diff_count count;

		random_text(&seed, old);
		random_text(&seed, new);
		{
			CLEANUP_BUF struct buf a = buf_of(old);
			CLEANUP_BUF struct buf b = buf_of(new);

			assert_int_equal(text_diff(&a, &b, &text, &count), 0);
		}
		buf_puts(&result, "");
		apply(old, text.data ? text.data : "", &result);
		assert_string_equal(result.data, new);
		assert_int_equal(count.removed,
				 strlen(old) / 2 - common(old, new));
		assert_int_equal(count.added,
				 strlen(new) / 2 - common(old, new));
	}
}

/* Past the bound: what both have around it is still not shown. */
static void test_bound(void **state)
{
	CLEANUP_BUF struct buf old = BUF_INIT;
	CLEANUP_BUF struct buf new = BUF_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct text_diff_count count;
	int lines = TEXT_DIFF_EDITS_MAX;

	(void)state;
	buf_puts(&old, "first\n");
	buf_puts(&new, "first\n");
	for (int i = 0; i < lines; i++) {
		buf_printf(&old, "same %d\nold %d\n", i, i);
		buf_printf(&new, "same %d\nnew %d\n", i, i);
	}
	buf_puts(&old, "last\n");
	buf_puts(&new, "last\n");
	assert_int_equal(text_diff(&old, &new, &text, &count), 0);
	assert_int_equal(count.removed, 2 * lines - 1);
	assert_int_equal(count.added, 2 * lines - 1);
	assert_non_null(strstr(text.data, " first\n same 0\n-old 0\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_two_hunks),
		cmocka_unit_test(test_last_line),
		cmocka_unit_test(test_what_is_shown),
		cmocka_unit_test(test_is_text),
		cmocka_unit_test(test_fewest_and_right),
		cmocka_unit_test(test_bound),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
