/* Which version has run: mount/versions.h. */
/* links: mount/versions.o mount/own_directory.o */
#include "lib/fdio.h"
#include "mount/versions.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char directory[] = "/tmp/jail-versions.XXXXXX";
static char root[64];

static int set_up(void **state UNUSED)
{
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(root, sizeof(root), "%s/versions", directory);
	return 0;
}

static int tear_down(void **state UNUSED)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command); /* NOLINT(cert-env33-c) */
}

static int check(const char *version)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r = versions_check(root, "web", version, false, &diag);

	assert_true((r < 0) == (diag.text != NULL));
	assert_int_equal(versions_check(root, "web", version, true, &diag), 0);
	assert_int_equal(versions_check(root, "other", version, false, NULL),
			 0);
	return r;
}

static void note(const char *version)
{
	assert_int_equal(versions_note(root, "web", version, NULL), 0);
}

static void test_nothing_known(void **state UNUSED)
{
	assert_int_equal(check("1.0"), 0);
	assert_int_equal(check(NULL), 0);
	/* What says nothing leaves no trace. */
	note(NULL);
	note("");
	note("0");
	assert_int_equal(access(root, F_OK), -1);
}

static void test_order(void **state UNUSED)
{
	char path[128];
	struct stat st;

	note("1.9-1");
	assert_int_equal(check("1.9-1"), 0);
	assert_int_equal(check("1.10-1"), 0);
	assert_int_equal(check("1:0"), 0);
	assert_int_equal(check("1.9~rc1-1"), -ESTALE);
	assert_int_equal(check("1.8-2"), -ESTALE);
	assert_int_equal(check("0"), -ESTALE);
	assert_int_equal(check(""), -ESTALE);
	assert_int_equal(check(NULL), -ESTALE);
	(void)snprintf(path, sizeof(path), "%s/web/version", root);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* Written again only when it is another. */
	note("1.9-1");
	{
		struct stat again;

		assert_int_equal(stat(path, &again), 0);
		assert_int_equal(again.st_ino, st.st_ino);
	}
	note("2.0");
	assert_int_equal(check("1.9-1"), -ESTALE);
	/* After a downgrade. */
	note("1.5");
	assert_int_equal(check("1.9-1"), 0);
	note(NULL);
	assert_int_equal(check(NULL), 0);
}

static void test_damaged(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf large = BUF_INIT;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/web/version", root);
	while (large.length <= 4096)
		buf_puts(&large, "1.");
	note(large.data);
	assert_int_equal(versions_check(root, "web", "1", false, &diag),
			 -EFBIG);
	assert_non_null(strstr(diag.text, path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_int_equal(versions_check(root, "web", "1", false, &diag),
			 -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(chmod(root, 0755), 0);
	assert_int_equal(versions_note(root, "web", "1", &diag), -EPERM);
	assert_int_equal(chmod(root, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
