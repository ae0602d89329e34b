/* Two digests at once are those of libcrypto: lib/sha256_pair.h. */
#include "lib/sha256_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTH_MAX = 8192, OFFSETS = 3 };

static uint8_t messages[2][LENGTH_MAX + OFFSETS];

static int set_up(void **state UNUSED)
{
	uint32_t number = 1;

	for (size_t i = 0; i < sizeof(messages); i++) {
		number = number * 1664525 + 1013904223;
		messages[i % 2][i / 2] = (uint8_t)(number >> 24);
	}
	if (!sha256_pair_is_there())
		print_message("this processor has no instructions for it\n");
	return 0;
}

static void compare(size_t first, size_t second, size_t length)
{
	uint8_t wanted[2][SHA256_SIZE], got[2][SHA256_SIZE];

	if (!sha256_pair_is_there())
		return;
	sha256_digest(messages[0] + first, length, wanted[0]);
	sha256_digest(messages[1] + second, length, wanted[1]);
	sha256_pair(messages[0] + first, messages[1] + second, length, got[0],
		    got[1]);
	assert_memory_equal(got, wanted, sizeof(got));
}

static void test_lengths(void **state UNUSED)
{
	for (size_t length = 0; length <= LENGTH_MAX; length += 64)
		compare(0, 0, length);
}

static void test_offsets(void **state UNUSED)
{
	for (size_t offset = 1; offset < OFFSETS; offset++)
		compare(offset, OFFSETS - 1 - offset, 4096);
}

/* 64 zeros, as sha256sum(1) has them. */
static void test_known(void **state UNUSED)
{
	static const char zeros[] = "f5a5fd42d16a20302798ef6ed309979b"
				    "43003d2320d9f0e8ea9831a92759fb4b";
	static const uint8_t block[64];
	uint8_t got[2][SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];

	if (!sha256_pair_is_there())
		return;
	sha256_pair(block, block, sizeof(block), got[0], got[1]);
	for (size_t i = 0; i < 2; i++) {
		sha256_format(got[i], text);
		assert_string_equal(text, zeros);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
