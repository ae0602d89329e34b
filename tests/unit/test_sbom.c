/* What things are called in a CycloneDX document: pack/sbom.h. */
/* links: pack/sbom_names.o */
#include "pack/sbom.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void check_purl(const char *name, const char *version,
		       const char *architecture, const char *wanted)
{
	CLEANUP_BUF struct buf purl = BUF_INIT;
	const struct bill_package package = {
		.name = (char *)(uintptr_t)name,
		.version = (char *)(uintptr_t)version,
		.architecture = (char *)(uintptr_t)architecture,
	};

	sbom_purl(&purl, &package);
	assert_string_equal(purl.data, wanted);
}

static void test_purl(void **state UNUSED)
{
	check_purl("libc6", "2.36-9", "amd64",
		   "pkg:deb/debian/libc6@2.36-9?arch=amd64");
	check_purl("libstdc++6", "1:12.2~rc1+b1", "arm64",
		   "pkg:deb/debian/libstdc%2B%2B6@1:12.2~rc1%2Bb1?arch=arm64");
	check_purl("x", "", "", "pkg:deb/debian/x");
	check_purl("x", "1 /?#@\xc3\xa9", "all",
		   "pkg:deb/debian/x@1%20%2F%3F%23%40%C3%A9?arch=all");
}

static void test_purl_suite(void **state UNUSED)
{
	char name[] = "x", version[] = "1", suite[] = "bookworm";
	CLEANUP_BUF struct buf purl = BUF_INIT;
	const struct bill_package package = { name, version, version, suite };

	sbom_purl(&purl, &package);
	assert_string_equal(purl.data,
			    "pkg:deb/debian/x@1?arch=1&distro=bookworm");
}

static void test_serial(void **state UNUSED)
{
	uint8_t root_hash[HASHTREE_DIGEST_SIZE];
	char serial[SBOM_SERIAL_SIZE];

	for (size_t i = 0; i < sizeof(root_hash); i++)
		root_hash[i] = (uint8_t)(0xf0 + i);
	sbom_serial(root_hash, serial);
	assert_string_equal(serial,
			    "urn:uuid:f0f1f2f3-f4f5-46f7-b8f9-fafbfcfdfeff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_purl),
		cmocka_unit_test(test_purl_suite),
		cmocka_unit_test(test_serial),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
