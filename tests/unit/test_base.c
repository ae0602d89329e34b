/* The small base: lib/base.h, lib/buf.h, lib/diag.h. */
#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_steal(void **state UNUSED)
{
	char text[] = "text";
	char *p = text;
	int fd = 7;

	assert_ptr_equal(steal_ptr(&p), text);
	assert_null(p);
	assert_int_equal(steal_fd(&fd), 7);
	assert_int_equal(fd, -1);
}

static void test_close_keeps_errno(void **state UNUSED)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), copy = fd;

	assert_true(fd >= 0);
	errno = EDOM;
	close_fd(&fd);
	assert_int_equal(errno, EDOM);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	errno = EDOM;
	close_fd(&fd);
	assert_int_equal(errno, EDOM);
}

static void test_array_grow(void **state UNUSED)
{
	size_t *numbers = NULL;

	for (size_t count = 0; count < 1000; count++) {
		assert_int_equal(array_grow(&numbers, count, sizeof(*numbers)),
				 0);
		numbers[count] = count;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], i);
	assert_int_equal(array_grow(&numbers, (size_t)1 << 63, 8), -ENOMEM);
	free(numbers);
}

static void test_strv(void **state UNUSED)
{
	char **strings = NULL;

	assert_int_equal(strv_length(strings), 0);
	assert_int_equal(strv_append(&strings, "one"), 0);
	assert_int_equal(strv_append(&strings, "two"), 0);
	assert_int_equal(strv_length(strings), 2);
	assert_string_equal(strings[1], "two");
	assert_null(strings[2]);
	strv_free(strings);
	strv_free(NULL);
}

static void test_buf(void **state UNUSED)
{
	CLEANUP_BUF struct buf buf = BUF_INIT;
	CLEANUP_FREE char *text = NULL;

	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "%d,", i);
	assert_int_equal(buf_check(&buf), 0);
	assert_int_equal(buf.length, strlen(buf.data));
	assert_memory_equal(buf.data, "0,1,2,", 6);
	buf_reset(&buf);
	assert_string_equal(buf.data, "");
	buf_append(&buf, "a\0b", 3);
	assert_int_equal(buf.length, 3);
	text = buf_steal(&buf);
	assert_memory_equal(text, "a\0b", 4);
	assert_null(buf.data);
}

static void test_buf_failure_sticks(void **state UNUSED)
{
	CLEANUP_BUF struct buf buf = BUF_INIT;

	buf_puts(&buf, "kept");
	buf_append(&buf, "", SIZE_MAX / 2);
	assert_int_equal(buf_check(&buf), -ENOMEM);
	buf_puts(&buf, " and lost");
	assert_string_equal(buf.data, "kept");
	assert_null(buf_steal(&buf));
}

static void test_diag_chain(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(diag_errno(&diag, -ENOENT, "cannot open %s", "/x"),
			 -ENOENT);
	assert_int_equal(diag_wrap(&diag, -ENOENT, "jail %s", "web"), -ENOENT);
	assert_string_equal(
		diag.text,
		"jail web: cannot open /x: No such file or directory");
	assert_int_equal(diag.error, -ENOENT);
	diag_hint(&diag, "create %s", "it");
	assert_string_equal(diag.hint, "create it");

	/* A new chain forgets the old one, also when built from it. */
	assert_int_equal(diag_set(&diag, -EINVAL, "again: %s", diag.text),
			 -EINVAL);
	assert_string_equal(
		diag.text,
		"again: jail web: cannot open /x: No such file or directory");
	assert_null(diag.hint);
}

static void test_diag_absent(void **state UNUSED)
{
	assert_int_equal(diag_set(NULL, -EIO, "lost"), -EIO);
	assert_int_equal(diag_wrap(NULL, -EIO, "lost"), -EIO);
	assert_int_equal(diag_oom(NULL), -ENOMEM);
	diag_hint(NULL, "lost");
	diag_excerpt(NULL, "lost");
}

static void test_diag_wrap_of_nothing(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(diag_oom(&diag), -ENOMEM);
	assert_int_equal(diag_wrap(&diag, -ENOMEM, "packing"), -ENOMEM);
	assert_string_equal(diag.text, "packing: Cannot allocate memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_close_keeps_errno),
		cmocka_unit_test(test_array_grow),
		cmocka_unit_test(test_strv),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_buf_failure_sticks),
		cmocka_unit_test(test_diag_chain),
		cmocka_unit_test(test_diag_absent),
		cmocka_unit_test(test_diag_wrap_of_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
