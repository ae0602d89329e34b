/* dm-verity as far as it is text, and what is read through a device of it:
 * mount/verity.h, verify_device().
 *
 * links: mount/verity_text.o mount/verity.o mount/device_mapper.o
 *        mount/verify.o mount/verdict.o mount/json_values.o mount/clock.o */
#include "lib/fdio.h"
#include "lib/image.h"
#include "mount/verify.h"
#include "mount/verity.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

/* As the kernel prints what `veritysetup open` has set up of such an image. */
static void test_table(void **state UNUSED)
{
	struct image_layout layout = { .tree_offset = 983040 };
	char table[DEVICE_MAPPER_TEXT_SIZE];

	memset(layout.root_hash, 0xee, sizeof(layout.root_hash));
	verity_table(makedev(7, 300), &layout, table);
	assert_string_equal(
		table,
		"1 7:300 7:300 4096 4096 240 241 sha256 eeeeeeeeeeeeeeeeeeeeeee"
		"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee -");
}

static void test_names(void **state UNUSED)
{
	static const struct {
		const char *name;
		pid_t maker;
	} names[] = {
		{ "jailmount-www-1-00000000", 1 },
		{ "jailmount-www-4711-0a1b2c3d", 4711 },
		{ "jailmount-a-1-b-22-0a1b2c3d-33-ffffffff", 33 },
		{ "jailmount-7-8-ffffffff", 8 },
		{ "jailmount-www-2147483647-ffffffff", 2147483647 },
		/* None of ours. */
		{ "jailmount-www-2147483648-ffffffff", 0 },
		{ "jailmount-www-99999999999999999999-ffffffff", 0 },
		{ "jailmount-8-ffffffff", 0 },
		{ "jailmount--8-ffffffff", 0 },
		{ "jailmount-www-4711-0a1b2c3", 0 },
		{ "jailmount-www-4711-0A1B2C3D", 0 },
		{ "jailmount-www-4711-0a1b2c3d4", 0 },
		{ "jailmount-www--0a1b2c3d", 0 },
		{ "jailmount-www-x4711-0a1b2c3d", 0 },
		{ "jailmount-", 0 },
		{ "jailmount", 0 },
		{ "", 0 },
		{ "vg0-www-4711-0a1b2c3d", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (verity_name_maker(names[i].name) != names[i].maker)
			fail_msg("%s", names[i].name);
}

/* The longest there can be is whole, and found again. */
static void test_longest_name(void **state UNUSED)
{
	char jail[65], name[DEVICE_MAPPER_NAME_SIZE];

	memset(jail, 'j', sizeof(jail) - 1);
	jail[sizeof(jail) - 1] = '\0';
	verity_name(jail, INT_MAX, UINT32_MAX, name);
	assert_non_null(strstr(name, jail));
	assert_int_equal(verity_name_maker(name), INT_MAX);
	verity_name("a", 5, 0xab, name);
	assert_string_equal(name, "jailmount-a-5-000000ab");
}

/* --- What is read through a device ---------------------------------------- */

enum { SQUASHFS_LENGTH = 5000 };

static int write_image(const char *contract, struct image_layout *ret_layout)
{
	CLEANUP_IMAGE_WRITER struct image_writer writer = { 0 };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;
	uint8_t data[SQUASHFS_LENGTH] = { 'h', 's', 'q', 's' };
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	data[28] = 4;
	data[40] = SQUASHFS_LENGTH & 255;
	data[41] = SQUASHFS_LENGTH >> 8;
	assert_int_equal(write_all(fd, data, sizeof(data)), 0);
	buf_puts(&json, contract);
	assert_int_equal(
		image_write_begin(&writer, fd, SQUASHFS_LENGTH, &json, &diag),
		0);
	assert_int_equal(image_write_bill(&writer, "{}", 2), 0);
	assert_int_equal(image_write_finish(&writer, 1, ret_layout, &diag), 0);
	return fd;
}

/* The file said one thing when it was read, and its root hash stands for
 * another. */
static void test_device(void **state UNUSED)
{
	static const char contract[] = "{\"powers\":0}";
	static const char forged[] = "{\"powers\":9}";
	struct image_layout layout, other;
	CLEANUP_CLOSE int device = write_image(contract, &layout);
	CLEANUP_CLOSE int longer = write_image("{\"powers\":10}", &other);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	uint8_t digest[SHA256_SIZE], wrong[SHA256_SIZE];

	sha256_digest(contract, strlen(contract), digest);
	sha256_digest(forged, strlen(forged), wrong);
	assert_int_equal(verify_device(device, &layout, digest, NULL), 0);
	assert_int_equal(verify_device(device, &layout, wrong, &diag),
			 -EBADMSG);
	assert_string_equal(diag.text,
			    "the image was changed after it was verified: its "
			    "contract is another one");
	/* Lengths that were taken from another file. */
	assert_int_equal(verify_device(device, &other, digest, NULL), -EBADMSG);
	assert_int_equal(verify_device(longer, &layout, digest, NULL),
			 -EBADMSG);
	layout.contract_offset++;
	assert_int_equal(verify_device(device, &layout, digest, NULL),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
