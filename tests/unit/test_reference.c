/* Names of images in registries: lib/reference.h. */
#include "lib/reference.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEX "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static void is(const char *text, const char *registry, const char *repository,
	       const char *tag, const char *digest)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf again = BUF_INIT;
	struct reference reference;

	assert_true(reference_is_meant(text));
	if (reference_parse(text, &reference, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_string_equal(reference.registry, registry);
	assert_string_equal(reference.repository, repository);
	assert_string_equal(reference.tag, tag);
	assert_string_equal(reference.digest, digest);
	reference_put(&again, &reference);
	assert_int_equal(reference_parse(again.data, &reference, &diag), 0);
	assert_string_equal(reference.repository, repository);
	assert_string_equal(reference.tag, tag);
}

static void is_not(const char *text, const char *why)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct reference reference = { .tag = "untouched" };

	assert_int_equal(reference_parse(text, &reference, &diag), -EINVAL);
	if (!strstr(diag.text, why))
		fail_msg("%s: %s, and not: %s", text, diag.text, why);
	assert_string_equal(reference.tag, "untouched");
}

static void test_references(void **state UNUSED)
{
	is("registry.example/apache", "registry.example", "apache", "latest",
	   "");
	is("localhost/a:1", "localhost", "a", "1", "");
	is("localhost:5000/web/a_b.c--d:V1.2_x-y", "localhost:5000",
	   "web/a_b.c--d", "V1.2_x-y", "");
	is("[::1]:5000/a", "[::1]:5000", "a", "latest", "");
	is("127.0.0.1:5000/a@sha256:" HEX, "127.0.0.1:5000", "a", "",
	   "sha256:" HEX);
	is("r.example/a:1@sha256:" HEX, "r.example", "a", "1", "sha256:" HEX);
}

static void test_no_references(void **state UNUSED)
{
	char long_tag[200] = "r.example/a:";

	is_not("apache", "names no registry");
	is_not("web/apache:1", "names no registry");
	is_not("/srv/x.sqfs", "names no registry");
	is_not("./r.example/x", "names no registry");
	is_not("r.example/", "no name of a repository");
	is_not("r.example/A", "no name of a repository");
	is_not("r.example/a//b", "no name of a repository");
	is_not("r.example/a/", "no name of a repository");
	is_not("r.example/a..b", "no name of a repository");
	is_not("r.example/a___b", "no name of a repository");
	is_not("r.example/../b", "no name of a repository");
	is_not("r.example/a:", "no tag");
	is_not("r.example/a:-x", "no tag");
	is_not("r.example/a:x/y", "no tag");
	is_not("r.example/a:x y", "no tag");
	is_not("r.example:0/a", "no port");
	is_not("r.example:99999/a", "no port");
	is_not("r.example:/a", "no port");
	is_not("r.ex@ample:1/a", "no host");
	is_not("[::g]:1/a", "no host");
	is_not("-r.example/a", "no host");
	is_not("r.example/a@sha256:12", "no sha256 digest");
	is_not("r.example/a@md5:" HEX, "no sha256 digest");
	memset(long_tag + strlen(long_tag), 'x', 129);
	is_not(long_tag, "longer than 128");
}

static void test_paths(void **state UNUSED)
{
	assert_false(reference_is_meant("apache.sqfs"));
	assert_false(reference_is_meant("images/apache.sqfs"));
	assert_false(reference_is_meant("../a.b/c"));
	assert_false(reference_is_meant("/a.b/c"));
	assert_true(reference_is_meant("a.b/c"));
}

static void test_repository(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct reference reference;

	assert_int_equal(reference_parse_repository("localhost:1/a/b",
						    &reference, &diag),
			 0);
	assert_string_equal(reference.repository, "a/b");
	assert_string_equal(reference.tag, "");
	assert_string_equal(reference_name(&reference), "b");
	assert_int_equal(reference_parse_repository("localhost:1/a:1",
						    &reference, &diag),
			 -EINVAL);
}

static bool is_loopback(const char *registry)
{
	struct reference reference = { 0 };

	strcpy(reference.registry, registry);
	return reference_is_loopback(&reference);
}

static void test_loopback(void **state UNUSED)
{
	assert_true(is_loopback("localhost"));
	assert_true(is_loopback("localhost:5000"));
	assert_true(is_loopback("127.8.9.10:5000"));
	assert_true(is_loopback("[::1]:5000"));
	assert_false(is_loopback("128.0.0.1"));
	assert_false(is_loopback("127.0.0.1.example"));
	assert_false(is_loopback("localhost.example"));
	assert_false(is_loopback("[::2]:5000"));
}

static void test_digest(void **state UNUSED)
{
	uint8_t digest[SHA256_SIZE];
	char text[DIGEST_TEXT_SIZE];

	assert_int_equal(digest_parse("sha256:" HEX, digest), 0);
	digest_format(digest, text);
	assert_string_equal(text, "sha256:" HEX);
	assert_int_equal(digest_parse(HEX, digest), -EINVAL);
	assert_int_equal(digest_parse("sha256:" HEX "0", digest), -EINVAL);
	assert_int_equal(digest_parse("sha512:" HEX, digest), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_no_references),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_repository),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
