/* The sections of an image, written and read back: lib/image.h. */
#include "lib/fdio.h"
#include "lib/image.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { SQUASHFS_LENGTH = 5000, SUPERBLOCK_LENGTH = 96 };

static const char contract[] = "{\"contract\":true}";
static const char bill[] = "{\"bill\":true}\n";

/* As much of a file system as the image's reader looks at. */
static int payload(void)
{
	uint8_t data[SQUASHFS_LENGTH];
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	memcpy(data, "hsqs", 4);
	memset(data + 28, 0, 4);
	data[28] = 4; /* version 4.0 */
	memset(data + 40, 0, 8);
	data[40] = SQUASHFS_LENGTH & 255; /* bytes_used */
	data[41] = SQUASHFS_LENGTH >> 8;
	assert_int_equal(write_all(fd, data, sizeof(data)), 0);
	/* What a library leaves behind the end must not survive. */
	assert_int_equal(write_all(fd, "left over", 9), 0);
	return fd;
}

static int write_image(struct image_layout *ret_layout)
{
	CLEANUP_IMAGE_WRITER struct image_writer writer = { 0 };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;
	int fd = payload();

	buf_puts(&json, contract);
	assert_int_equal(
		image_write_begin(&writer, fd, SQUASHFS_LENGTH, &json, &diag),
		0);
	/* In pieces, as the bill comes. */
	assert_int_equal(image_write_bill(&writer, bill, 5), 0);
	assert_int_equal(image_write_bill(&writer, bill + 5, sizeof(bill) - 6),
			 0);
	assert_int_equal(image_write_finish(&writer, 1, ret_layout, &diag), 0);
	return fd;
}

static void test_round_trip(void **state UNUSED)
{
	struct image_layout written, read;
	CLEANUP_CLOSE int fd = write_image(&written);
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;

	memset(&read, 0, sizeof(read));
	if (image_read_layout(fd, &read, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_memory_equal(&read, &written, sizeof(read));
	assert_int_equal(read.manifest_offset, 8192);
	assert_int_equal(read.tree_offset, 12288);
	assert_int_equal(read.tree_length, 8192);
	assert_int_equal(read.file_length, 12288 + 8192 + 128);
	assert_int_equal(image_verify(fd, &read, true, 1, &diag), 0);
	assert_int_equal(image_read_contract(fd, &read, &text, &diag), 0);
	assert_string_equal(text.data, contract);
	buf_reset(&text);
	assert_int_equal(image_read_bill(fd, &read, &text, &diag), 0);
	assert_string_equal(text.data, bill);
}

/* 0, or the error that reading or verifying ends in. */
static int check(int fd, char *reason, size_t size)
{
	struct image_layout layout;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r = image_read_layout(fd, &layout, &diag);

	if (r == 0)
		r = image_verify(fd, &layout, true, 1, &diag);
	if (r < 0) {
		assert_int_equal(diag.error, r);
		(void)snprintf(reason, size, "%s", diag.text);
	}
	return r;
}

/* No bit of an image can be changed without being noticed. */
static void test_every_byte(void **state UNUSED)
{
	struct image_layout layout;
	CLEANUP_CLOSE int fd = write_image(&layout);
	char reason[512];

	for (uint64_t at = 0; at < layout.file_length; at++) {
		uint8_t byte, changed;

		assert_int_equal(pread_all(fd, &byte, 1, at), 0);
		changed = byte ^ (uint8_t)(1 << at % 8);
		assert_int_equal(pwrite_all(fd, &changed, 1, at), 0);
		if (check(fd, reason, sizeof(reason)) != -EBADMSG)
			fail_msg("a change of byte %ju went unnoticed",
				 (uintmax_t)at);
		assert_int_equal(pwrite_all(fd, &byte, 1, at), 0);
	}
	assert_int_equal(check(fd, reason, sizeof(reason)), 0);
}

static void test_every_length(void **state UNUSED)
{
	struct image_layout layout;
	CLEANUP_CLOSE int fd = write_image(&layout);
	char reason[512];

	assert_int_equal(ftruncate(fd, (off_t)layout.file_length + 1), 0);
	assert_int_equal(check(fd, reason, sizeof(reason)), -EBADMSG);
	assert_int_equal(ftruncate(fd, (off_t)layout.file_length), 0);
	assert_int_equal(check(fd, reason, sizeof(reason)), 0);
	for (uint64_t length = layout.file_length; length-- > 0;) {
		assert_int_equal(ftruncate(fd, (off_t)length), 0);
		assert_int_equal(check(fd, reason, sizeof(reason)), -EBADMSG);
	}
}

/* What an attacker who can only append or rewrite the footer might try. */
static void test_footers(void **state UNUSED)
{
	struct image_layout layout;
	CLEANUP_CLOSE int fd = write_image(&layout);
	uint64_t at = layout.file_length - IMAGE_FOOTER_SIZE;
	uint8_t footer[IMAGE_FOOTER_SIZE], changed[IMAGE_FOOTER_SIZE];
	char reason[512];

	assert_int_equal(pread_all(fd, footer, sizeof(footer), at), 0);
	assert_int_equal(
		pwrite_all(fd, footer, sizeof(footer), layout.file_length), 0);
	assert_int_equal(check(fd, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "file length"));
	assert_int_equal(ftruncate(fd, (off_t)layout.file_length), 0);
	for (size_t field = 16; field < 72; field += 8) {
		static const uint64_t values[] = {
			0,	   1,	       UINT64_MAX,
			INT64_MAX, UINT32_MAX, UINT64_MAX - 4095
		};

		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			memcpy(changed, footer, sizeof(changed));
			memcpy(changed + field, &values[i], 8);
			if (memcmp(changed, footer, sizeof(changed)) == 0)
				continue;
			assert_int_equal(
				pwrite_all(fd, changed, sizeof(changed), at),
				0);
			assert_int_equal(check(fd, reason, sizeof(reason)),
					 -EBADMSG);
		}
	}
}

static void test_reasons(void **state UNUSED)
{
	struct image_layout layout;
	CLEANUP_CLOSE int fd = write_image(&layout);
	CLEANUP_CLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	CLEANUP_CLOSE int plain = payload();
	char reason[512];

	assert_int_equal(check(plain, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "is a squashfs file system, but"));
	assert_int_equal(check(null, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "not a regular file"));
	assert_int_equal(pwrite_all(fd, "x", 1, SQUASHFS_LENGTH), 0);
	assert_int_equal(check(fd, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "behind its squashfs is not empty"));
	assert_int_equal(pwrite_all(fd, "", 1, SQUASHFS_LENGTH), 0);
	assert_int_equal(check(fd, reason, sizeof(reason)), 0);
	/* The footer's manifest offset: 8192, made 8193. */
	assert_int_equal(pwrite_all(fd, "\1", 1, layout.file_length - 104), 0);
	assert_int_equal(check(fd, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "manifest offset is 8193"));
	assert_int_equal(pwrite_all(fd, "", 1, layout.file_length - 104), 0);
	assert_int_equal(pwrite_all(fd, "x", 1, 4200), 0);
	assert_int_equal(check(fd, reason, sizeof(reason)), -EBADMSG);
	assert_non_null(strstr(reason, "changed in bytes 4096 to 8191, in the "
				       "file system"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_footers),
		cmocka_unit_test(test_reasons),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
