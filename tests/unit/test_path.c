/* Paths as text: lib/path.h. */
#include "lib/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void check_normal(const char *path, const char *wanted)
{
	CLEANUP_FREE char *normal = path_normalize(path);

	assert_non_null(normal);
	assert_string_equal(normal, wanted);
	assert_true(path_is_normal(normal));
	if (strcmp(path, wanted) != 0)
		assert_false(path_is_normal(path));
}

static void test_normalize(void **state UNUSED)
{
	check_normal("", "/");
	check_normal("/", "/");
	check_normal("//", "/");
	check_normal("a", "/a");
	check_normal("/a/b", "/a/b");
	check_normal("/a//b/", "/a/b");
	check_normal("/./a/./b/.", "/a/b");
	check_normal("/a/../b", "/b");
	check_normal("/a/b/..", "/a");
	check_normal("/..", "/");
	check_normal("../../etc", "/etc");
	check_normal("/a/../../..", "/");
	check_normal("/a/...", "/a/...");
	check_normal("/.hidden/..x", "/.hidden/..x");
}

static void test_join(void **state UNUSED)
{
	static const struct {
		const char *directory, *name, *wanted;
	} cases[] = {
		{ "/usr", "lib", "/usr/lib" },
		{ "/", "lib", "/lib" },
		{ "/usr", "/lib", "/lib" },
		{ "/usr/bin", "../lib/x", "/usr/lib/x" },
		{ "/usr", "../../..", "/" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *joined =
			path_join(cases[i].directory, cases[i].name);

		assert_string_equal(joined, cases[i].wanted);
	}
}

static void test_parts(void **state UNUSED)
{
	CLEANUP_FREE char *of_usr = path_parent("/usr");
	CLEANUP_FREE char *of_root = path_parent("/");
	CLEANUP_FREE char *of_deep = path_parent("/a/b/c");

	assert_string_equal(of_usr, "/");
	assert_string_equal(of_root, "/");
	assert_string_equal(of_deep, "/a/b");
	assert_string_equal(path_name("/a/b/c"), "c");
	assert_string_equal(path_name("/"), "");
	assert_true(path_within("/a/b", "/a"));
	assert_true(path_within("/a", "/a"));
	assert_true(path_within("/a", "/"));
	assert_false(path_within("/ab", "/a"));
	assert_false(path_within("/", "/a"));
}

static void test_match(void **state UNUSED)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{ "/etc/*", "/etc/passwd", true },
		{ "/etc/*", "/etc/ssl/certs", false },
		{ "/etc/*", "/etc", false },
		{ "/etc/**", "/etc/ssl/certs", true },
		{ "/etc/**", "/etc", true },
		{ "/etc/**", "/etcetera", false },
		{ "**/*.bak", "/etc/a/b.bak", true },
		{ "**/*.bak", "/b.bak", true },
		{ "/a/**/z", "/a/z", true },
		{ "/a/**/z", "/a/b/c/z", true },
		{ "/a/**/z", "/a/b/c/y", false },
		{ "/a/**/b/**/z", "/a/x/b/y/b/q/z", true },
		{ "/a/**/b/*", "/a/b/b/c/b/d", true },
		{ "/lib/lib?.so.[0-9]", "/lib/libc.so.6", true },
		{ "/lib/lib?.so.[0-9]", "/lib/libcc.so.6", false },
		{ "/", "/", true },
		{ "/a", "/a/b", false },
		{ "/a/b", "/a", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (path_match(cases[i].pattern, cases[i].path) !=
		    cases[i].matches)
			fail_msg("%s against %s: not %d", cases[i].pattern,
				 cases[i].path, cases[i].matches);
}

/* A pattern made to be slow must not be: no exponential backtracking. */
static void test_match_hostile(void **state UNUSED)
{
	char pattern[1024] = "", path[2048] = "";

	for (int i = 0; i < 100; i++)
		strcat(pattern, "/**/a");
	strcat(pattern, "/b");
	for (int i = 0; i < 500; i++)
		strcat(path, "/a");
	assert_false(path_match(pattern, path));
}

static void test_climbs_out(void **state UNUSED)
{
	assert_false(path_climbs_out("/a", "b"));
	assert_false(path_climbs_out("/a", "/../b"));
	assert_false(path_climbs_out("/a/b", "../c"));
	assert_false(path_climbs_out("/a/b/c", "../..//./d"));
	assert_false(path_climbs_out("/a", "b/.."));
	assert_true(path_climbs_out("/a", ".."));
	assert_true(path_climbs_out("/a", "b/../../a"));
	assert_true(path_climbs_out("/a/b", "../../c"));
	assert_false(path_climbs_out("/a", "...")); /* a name */
}

static void test_prefix(void **state UNUSED)
{
	static const struct {
		const char *pattern, *wanted;
	} cases[] = {
		{ "/etc/apache2/**", "/etc/apache2" },
		{ "/etc/*.conf", "/etc" },
		{ "/etc/ap*/x", "/etc" },
		{ "/*", "/" },
		{ "**", "/" },
		{ "/plain/path", "/plain/path" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_FREE char *prefix = path_fixed_prefix(cases[i].pattern);

		assert_string_equal(prefix, cases[i].wanted);
	}
	assert_true(path_has_pattern("a*"));
	assert_false(path_has_pattern("/a.b-c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_normalize),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_match_hostile),
		cmocka_unit_test(test_climbs_out),
		cmocka_unit_test(test_prefix),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
