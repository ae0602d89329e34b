/* links: pack/compressor_code.o */
/* packages: libsquashfs1 */
#include "pack/compressor_code.h"

#include "lib/sha256.h"

#include <setjmp.h>
#include <sqfs/compressor.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_digest(void **state)
{
	uint8_t zstd[SHA256_SIZE], again[SHA256_SIZE], xz[SHA256_SIZE];
	uint8_t unknown[SHA256_SIZE], other[SHA256_SIZE];

	(void)state;
	/* So that the library is loaded. */
	assert_string_equal(sqfs_compressor_name_from_id(SQFS_COMP_ZSTD),
			    "zstd");
	compressor_code_digest("libzstd", zstd);
	compressor_code_digest("libzstd", again);
	compressor_code_digest("liblzma", xz);
	assert_memory_equal(zstd, again, sizeof(zstd));
	assert_memory_not_equal(zstd, xz, sizeof(zstd));

	/* What is not loaded is taken to be in the program. */
	compressor_code_digest("libzst", unknown);
	compressor_code_digest("libnone", other);
	assert_memory_equal(unknown, other, sizeof(unknown));
	assert_memory_not_equal(unknown, zstd, sizeof(unknown));
	assert_memory_not_equal(unknown, xz, sizeof(unknown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests_name("compressor code", tests, NULL,
					   NULL);
}
