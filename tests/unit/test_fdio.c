/* Descriptors, atomic output, resolution beneath a root. */
#include "lib/beneath.h"
#include "lib/fdio.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char directory[64];

static char *beside(const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	return path;
}

static int make_directory(void **state UNUSED)
{
	strcpy(directory, "/tmp/jailpack-unit-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state UNUSED)
{
	char *command;
	int r;

	assert_true(asprintf(&command, "rm -rf -- %s", directory) > 0);
	r = system(command);
	free(command);
	return r;
}

static int count_entries(void)
{
	DIR *dir = opendir(directory);
	int count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	(void)closedir(dir);
	return count;
}

static void test_output_commit(void **state UNUSED)
{
	CLEANUP_FREE char *path = beside("out");
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	CLEANUP_BUF struct buf content = BUF_INIT;
	struct stat st;

	assert_int_equal(output_begin(&output, path, NULL), 0);
	assert_int_equal(write_all(output.fd, "whole", 5), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(output_commit(&output, 0644, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(read_file(path, 5, &content, NULL), 0);
	assert_string_equal(content.data, "whole");
	assert_int_equal(count_entries(), 1);
}

static void test_output_abort(void **state UNUSED)
{
	CLEANUP_FREE char *path = beside("kept");
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(write_all(fd, "old", 3), 0);
	{
		CLEANUP_OUTPUT struct output output = OUTPUT_INIT;

		assert_int_equal(output_begin(&output, path, NULL), 0);
		assert_int_equal(write_all(output.fd, "new", 3), 0);
	}
	assert_int_equal(read_file(path, 100, &content, NULL), 0);
	assert_string_equal(content.data, "old");
	assert_int_equal(count_entries(), 2); /* out, kept */
}

static void test_output_nowhere(void **state UNUSED)
{
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(output_begin(&output, "/nonexistent/x", &diag),
			 -ENOENT);
	assert_non_null(strstr(diag.text, "/nonexistent/x"));
	assert_int_equal(output.fd, -1);
}

static void test_read_limits(void **state UNUSED)
{
	CLEANUP_FREE char *path = beside("kept");
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[4];

	assert_int_equal(read_file(path, 2, &content, &diag), -EFBIG);
	assert_int_equal(content.length, 0);
	assert_int_equal(pread_all(fd, bytes, 3, 0), 0);
	assert_memory_equal(bytes, "old", 3);
	assert_int_equal(pread_all(fd, bytes, 3, 1), -ENODATA);
}

static void test_beneath(void **state UNUSED)
{
	CLEANUP_CLOSE int root =
		open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP_FREE char *target = NULL;
	CLEANUP_CLOSE int fd = -1;
	struct stat st;

	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(symlinkat("/etc", root, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../etc", root, "climbing"), 0);
	assert_int_equal(symlinkat("loop", root, "loop"), 0);
	fd = beneath_open(root, "/etc/here", O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);

	/* Every way leads to the etc of this root. */
	assert_int_equal(beneath_stat(root, "absolute/here", &st), 0);
	assert_int_equal(beneath_stat(root, "climbing/here", &st), 0);
	assert_int_equal(beneath_stat(root, "../../etc/here", &st), 0);
	assert_int_equal(beneath_stat(root, "absolute/passwd", &st), -ENOENT);
	assert_int_equal(beneath_stat(root, "loop", &st), -ELOOP);

	assert_int_equal(beneath_lstat(root, "absolute", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(beneath_readlink(root, "absolute", &target), 0);
	assert_string_equal(target, "/etc");
	assert_int_equal(beneath_readlink(root, "etc", &target), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_commit),
		cmocka_unit_test(test_output_abort),
		cmocka_unit_test(test_output_nowhere),
		cmocka_unit_test(test_read_limits),
		cmocka_unit_test(test_beneath),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fdio", tests, make_directory,
					   remove_directory);
}
