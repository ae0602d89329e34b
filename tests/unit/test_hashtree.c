/*
 * The dm-verity hash tree: lib/hashtree.h. What it must be was written by
 * `veritysetup format --salt=- --uuid=...`; the CLI tests ask the installed
 * one again.
 */
#include "lib/hashtree.h"
#include "lib/sha256.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { BLOCK = HASHTREE_BLOCK_SIZE };

static const struct {
	uint64_t blocks;
	const char *root;
	const char *section; /* SHA-256 of superblock and tree */
} golden[] = {
	{ 1, "fb9c66ab92e3c2875b674a54942f45414da89b2fb3bbf7e63b1107cc5a73397f",
	  "2b471d45dea76de080f28b8293dae9c89652e57bb87074cd083b775b60d1361c" },
	{ 2, "3486460cb5767219cb01754a5ae2202d9d2bdd66785b5883df3c78f5a51b010a",
	  "618f9ed8b47ccbcbd3cec254ddd8bac0dfe9c417957bc278e4223b10a8dead9d" },
	{ 127,
	  "6213f38d95e8662e2ca06bbe80a3a99aea0e7386a4438bd788687aff6e6a25f6",
	  "faf48a67204176287ae293b8bf9075c967a7e1dd3c312440ac4a929f53049588" },
	{ 128,
	  "97b8db1dd02cfe0cd3a22eca2ff6aebe54c35935d68936ac4595a8f081be2efc",
	  "6a78c2e90aa4296d8c3393655eb01848df8e20d5cd8fea8902cc2957639b4f8c" },
	{ 129,
	  "0b7ce2987fdef46c473a357c38a5b9a8a660a613ffc038de4a0296a64911cbcd",
	  "9aa7663060caf04b4d5f3490bf055ee4ae79f2ba6983c2cce674dd4a0bf6b6c8" },
	{ 16385,
	  "d51ebd3b87cc2ebd43cc32979d5a9c2bba9ac33e9d4d4793aec5c88ad9ed9b0f",
	  "917f3be8149080fd9d978b7a283ac285a8284b2b57ad873d8d62ac0b8076d6fa" },
};

/* So many blocks of numbers that repeat nowhere. */
static int numbered_blocks(uint64_t blocks)
{
	int fd = memfd_create("data", MFD_CLOEXEC);
	uint64_t state = 1;

	assert_true(fd >= 0);
	for (uint64_t i = 0; i < blocks; i++) {
		uint64_t block[BLOCK / 8];

		for (size_t k = 0; k < ARRAY_SIZE(block); k++) {
			state = state * 6364136223846793005U +
				1442695040888963407U;
			block[k] = htole64(state);
		}
		assert_int_equal(write(fd, block, BLOCK), BLOCK);
	}
	return fd;
}

static void test_golden(void **state UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(golden); i++) {
		uint64_t length = golden[i].blocks * BLOCK;
		CLEANUP_CLOSE int fd = numbered_blocks(golden[i].blocks);
		CLEANUP_FREE uint8_t *tree = NULL;
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		uint8_t root[SHA256_SIZE], section[SHA256_SIZE];
		char text[2 * SHA256_SIZE + 1];

		assert_int_equal(
			hashtree_compute(fd, length, 1, root, &tree, &diag), 0);
		sha256_format(root, text);
		assert_string_equal(text, golden[i].root);
		sha256_digest(tree, hashtree_length(length), section);
		sha256_format(section, text);
		assert_string_equal(text, golden[i].section);
	}
}

static void test_threads(void **state UNUSED)
{
	const uint64_t length = 4000 * BLOCK;
	CLEANUP_CLOSE int fd = numbered_blocks(4000);
	uint8_t one[SHA256_SIZE], many[SHA256_SIZE];

	assert_int_equal(hashtree_compute(fd, length, 1, one, NULL, NULL), 0);
	for (unsigned int threads = 0; threads < 100; threads += 7) {
		assert_int_equal(
			hashtree_compute(fd, length, threads, many, NULL, NULL),
			0);
		assert_memory_equal(one, many, sizeof(one));
	}
}

static void test_lengths(void **state UNUSED)
{
	assert_int_equal(hashtree_length(BLOCK), BLOCK);
	assert_int_equal(hashtree_length(2 * BLOCK), 2 * BLOCK);
	assert_int_equal(hashtree_length(128 * BLOCK), 2 * BLOCK);
	assert_int_equal(hashtree_length(129 * BLOCK), 4 * BLOCK);
	assert_int_equal(hashtree_length(128 * 128 * BLOCK), 130 * BLOCK);
	assert_int_equal(hashtree_length((128 * 128 + 1) * BLOCK), 133 * BLOCK);
}

static void test_refusals(void **state UNUSED)
{
	CLEANUP_CLOSE int fd = numbered_blocks(3);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	uint8_t root[SHA256_SIZE];

	assert_int_equal(hashtree_compute(fd, 0, 1, root, NULL, &diag),
			 -EINVAL);
	assert_int_equal(hashtree_compute(fd, BLOCK + 1, 1, root, NULL, &diag),
			 -EINVAL);
	assert_int_equal(hashtree_compute(fd, 4 * BLOCK, 1, root, NULL, &diag),
			 -ENODATA);
	assert_int_equal(hashtree_compute(-1, BLOCK, 1, root, NULL, &diag),
			 -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_refusals),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
