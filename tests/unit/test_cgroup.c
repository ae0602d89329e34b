/* links: mount/cgroup.o mount/cgroup_v1.o mount/cgroup_v2.o mount/cgroup_io.o
 *        mount/cgroup_file.o mount/cgroup_entrance.o mount/cgroup_clear.o */
/*
 * Control groups in a directory that imitates the hierarchies. The kernel
 * fills a new group with files; here a directory stands ready with them, and
 * that the groups are made and removed is the business of the root tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "lib/fdio.h"
#include "mount/cgroup_file.h"
#include "mount/cgroup_v1.h"
#include "mount/cgroup_v2.h"

static char root[] = "/tmp/test_cgroup.XXXXXX";
static const struct cgroup_place www = { .root = root, .jail = "www" };
static const struct cgroup_place other = { .root = root, .jail = "other" };

static void put(const char *path, const char *content)
{
	char full[CGROUP_PATH_MAX];
	FILE *file;

	(void)snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *slash = full + strlen(root) + 1;
	     (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(full, 0755);
		*slash = '/';
	}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(content, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* write_kernel_file() does not truncate, as there is nothing to truncate in
 * the kernel's files: compare the beginning. */
static void assert_begins(const char *path, const char *wanted)
{
	char text[256];

	assert_int_equal(cgroup_read(root, path, text, sizeof(text)), 0);
	text[strlen(wanted)] = '\0';
	assert_string_equal(text, wanted);
}

static int remove_one(const char *path, const struct stat *stat, int type,
		      struct FTW *place)
{
	(void)stat, (void)type, (void)place;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	(void)strcpy(root + strlen(root) - 6, "XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void version2_at_the_root(void **state)
{
	char *path = NULL;

	(void)state;
	assert_false(cgroup_v2_hierarchy(root, &path));
	put("unified/cgroup.controllers", "\n");
	put("cgroup.controllers", "cpuset cpu memory pids\n");
	assert_true(cgroup_v2_hierarchy(root, &path));
	assert_string_equal(path, root);
	assert_true(cgroup_v2_offers(path, CGROUP_PIDS));
	assert_true(cgroup_v2_offers(path, CGROUP_CPU));
	assert_false(cgroup_v2_offers(path, CGROUP_FREEZER));
	free(path);
}

static void version2_beside_version1(void **state)
{
	char *path = NULL;

	(void)state;
	put("unified/cgroup.controllers", "cpuset hugetlb\n");
	assert_true(cgroup_v2_hierarchy(root, &path));
	assert_non_null(strstr(path, "/unified"));
	/* "cpuset" is not "cpu". */
	assert_false(cgroup_v2_offers(path, CGROUP_CPU));
	free(path);
	path = NULL;
	put("memory/README", "an empty directory, nothing mounted");
	assert_false(cgroup_v1_hierarchy(root, CGROUP_MEMORY, &path));
	put("memory/tasks", "1\n");
	assert_true(cgroup_v1_hierarchy(root, CGROUP_MEMORY, &path));
	free(path);
}

static void limits_of_version2(void **state)
{
	const struct config_limits limits = {
		.processes = 64,
		.memory_bytes = 256 << 20,
		.cpu_permille = 1500,
	};
	char path[CGROUP_PATH_MAX];

	(void)state;
	put("jailmount/www/g1/pids.max", "max\n");
	put("jailmount/www/g1/memory.max", "max\n");
	put("jailmount/www/g1/memory.swap.max", "max\n");
	put("jailmount/www/g1/cpu.max", "max 100000\n");
	(void)snprintf(path, sizeof(path), "%s/jailmount/www/g1", root);
	assert_int_equal(cgroup_v2_limit(root, path, CGROUP_PIDS, &limits), 0);
	assert_int_equal(cgroup_v2_limit(root, path, CGROUP_MEMORY, &limits),
			 0);
	assert_int_equal(cgroup_v2_limit(root, path, CGROUP_CPU, &limits), 0);
	assert_begins("jailmount/www/g1/pids.max", "64");
	assert_begins("jailmount/www/g1/memory.max", "268435456");
	assert_begins("jailmount/www/g1/memory.swap.max", "0");
	assert_begins("jailmount/www/g1/cpu.max", "150000 100000");
}

static void controllers_are_enabled_on_the_way(void **state)
{
	const struct config_limits limits = { .processes = 64 };
	char path[CGROUP_PATH_MAX];

	(void)state;
	put("cgroup.subtree_control", "\n      ");
	put("jailmount/cgroup.subtree_control", "\n     ");
	put("jailmount/www/cgroup.subtree_control", "\n     ");
	put("jailmount/www/g1/cgroup.procs", "");
	(void)snprintf(path, sizeof(path), "%s/jailmount/www/g1", root);
	/* Nothing makes the file here, and none may be made by writing. */
	assert_int_equal(cgroup_v2_limit(root, path, CGROUP_PIDS, &limits),
			 -ENOENT);
	assert_begins("cgroup.subtree_control", "+pids");
	assert_begins("jailmount/cgroup.subtree_control", "+pids");
	assert_begins("jailmount/www/cgroup.subtree_control", "+pids");
}

static void limits_of_version1(void **state)
{
	const struct config_limits limits = {
		.memory_bytes = 1 << 20,
		.cpu_permille = 5,
	};
	char path[CGROUP_PATH_MAX];

	(void)state;
	put("g/pids.max", "max\n");
	put("g/memory.limit_in_bytes", "9223372036854771712\n");
	put("g/cpu.cfs_quota_us", "-1\n      ");
	put("g/cpu.cfs_period_us", "100000\n     ");
	(void)snprintf(path, sizeof(path), "%s/g", root);
	assert_int_equal(cgroup_v1_limit(path, CGROUP_PIDS, &limits), 0);
	/* Without accounting for swap the second file is not there. */
	assert_int_equal(cgroup_v1_limit(path, CGROUP_MEMORY, &limits), 0);
	assert_int_equal(cgroup_v1_limit(path, CGROUP_CPU, &limits), 0);
	assert_begins("g/pids.max", "2048");
	assert_begins("g/memory.limit_in_bytes", "1048576");
	/* No less than a millisecond at a time. */
	assert_begins("g/cpu.cfs_quota_us", "5000");
	assert_begins("g/cpu.cfs_period_us", "1000000");
}

static void io_of_version2(void **state)
{
	const struct config_io_limits limits = { .read_bytes = 1 << 20,
						 .write_operations = 50 };
	char path[CGROUP_PATH_MAX];
	const struct cgroup cgroup = { .version2 = path };

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/jailmount/www/g1", root);
	put("cgroup.controllers", "io\n");
	put("cgroup.subtree_control", "\n      ");
	put("jailmount/cgroup.subtree_control", "\n     ");
	put("jailmount/www/cgroup.subtree_control", "\n     ");
	put("jailmount/www/g1/cgroup.procs", "");
	assert_int_equal(cgroup_limit_io(&www, &cgroup, &limits, makedev(7, 3)),
			 -ENOENT);
	assert_begins("jailmount/www/cgroup.subtree_control", "+io");
	put("jailmount/www/g1/io.max", "                               \n");
	assert_int_equal(cgroup_limit_io(&www, &cgroup, &limits, makedev(7, 3)),
			 0);
	assert_begins("jailmount/www/g1/io.max",
		      "7:3 rbps=1048576 wiops=50   ");
}

static void io_of_version1(void **state)
{
	const struct config_io_limits limits = { .read_operations = 40,
						 .write_bytes = 1 << 20 };
	char path[CGROUP_PATH_MAX], *hierarchy = NULL;
	const struct cgroup cgroup = { .version1[CGROUP_IO] = path };

	(void)state;
	assert_false(cgroup_v1_hierarchy(root, CGROUP_IO, &hierarchy));
	put("blkio/tasks", "1\n");
	assert_true(cgroup_v1_hierarchy(root, CGROUP_IO, &hierarchy));
	(void)snprintf(path, sizeof(path), "%s/g", hierarchy);
	free(hierarchy);
	put("blkio/g/blkio.throttle.read_iops_device", "             \n");
	put("blkio/g/blkio.throttle.write_bps_device", "             \n");
	/* The others are not there, and not touched. */
	assert_int_equal(
		cgroup_limit_io(&www, &cgroup, &limits, makedev(254, 0)), 0);
	assert_begins("blkio/g/blkio.throttle.read_iops_device", "254:0 40 ");
	assert_begins("blkio/g/blkio.throttle.write_bps_device",
		      "254:0 1048576");
}

static void a_limit_that_nobody_enforces(void **state)
{
	const struct config_limits limits = { .memory_bytes = 1 << 20 };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct cgroup cgroup = CGROUP_INIT;

	(void)state;
	assert_int_equal(cgroup_create(&www, 1, &limits, &cgroup, &diag),
			 -ENOTSUP);
	assert_non_null(strstr(diag.text, "memory"));
}

static void a_default_that_nobody_enforces(void **state)
{
	const struct config_limits limits = { 0 };
	struct cgroup cgroup = CGROUP_INIT;

	(void)state;
	assert_int_equal(cgroup_create(&www, 1, &limits, &cgroup, NULL), 0);
	assert_false(cgroup.processes_limited);
	assert_null(cgroup.version2);
	cgroup_done(&cgroup);
}

static void directories_come_and_go(void **state)
{
	const struct config_limits limits = { 0 };
	struct cgroup cgroup = CGROUP_INIT;
	char path[CGROUP_PATH_MAX];

	(void)state;
	put("unified/cgroup.controllers", "\n");
	assert_int_equal(cgroup_create(&www, 7, &limits, &cgroup, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/unified/jailmount/www/g7", root);
	assert_string_equal(cgroup.version2, path);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(cgroup_remove(&cgroup), 0);
	(void)snprintf(path, sizeof(path), "%s/unified/jailmount", root);
	assert_int_equal(access(path, F_OK), -1);
	cgroup_done(&cgroup);
}

static void one_of_two_is_removed(void **state)
{
	const struct config_limits limits = { 0 };
	struct cgroup first = CGROUP_INIT, second = CGROUP_INIT;

	(void)state;
	put("unified/cgroup.controllers", "\n");
	assert_int_equal(cgroup_create(&www, 1, &limits, &first, NULL), 0);
	assert_int_equal(cgroup_create(&www, 2, &limits, &second, NULL), 0);
	assert_int_equal(cgroup_remove(&first), 0);
	assert_int_equal(access(second.version2, F_OK), 0);
	assert_int_equal(cgroup_remove(&second), 0);
	cgroup_done(&first);
	cgroup_done(&second);
}

/* What is above it is the service manager's, and stays. */
static void in_a_group_that_is_delegated(void **state)
{
	char base[CGROUP_PATH_MAX / 2], path[CGROUP_PATH_MAX];
	const struct cgroup_place place = { .root = root,
					    .jail = "www",
					    .delegated = base };
	const struct config_limits limits = { .processes = 64 };
	struct cgroup cgroup = CGROUP_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	(void)state;
	(void)snprintf(base, sizeof(base), "%s/a.slice/b.service", root);
	(void)snprintf(path, sizeof(path), "%s/g1", base);
	put("cgroup.controllers", "pids\n");
	put("a.slice/b.service/cgroup.controllers", "cpu\n");
	/* What the hierarchy has does not count. */
	assert_int_equal(cgroup_create(&place, 1, &limits, &cgroup, &diag),
			 -ENOTSUP);
	assert_non_null(strstr(diag.text, "Delegate="));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(base, F_OK), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(cgroup_find(&place, 1, &cgroup, NULL), 0);
	assert_string_equal(cgroup.version2, path);
	assert_int_equal(cgroup_remove(&cgroup), 0);
	cgroup_done(&cgroup);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(cgroup_clear(&www, NULL), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(cgroup_clear(&place, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(base, F_OK), 0);
}

static void it_is_found_again(void **state)
{
	const struct config_limits limits = { 0 };
	struct cgroup made = CGROUP_INIT, found = CGROUP_INIT;

	(void)state;
	put("unified/cgroup.controllers", "\n");
	assert_int_equal(cgroup_find(&www, 1, &found, NULL), -ENOENT);
	assert_int_equal(cgroup_create(&www, 1, &limits, &made, NULL), 0);
	assert_int_equal(cgroup_find(&www, 1, &found, NULL), 0);
	assert_string_equal(found.version2, made.version2);
	cgroup_done(&found);
	cgroup_done(&made);
}

static void leftovers_are_cleared(void **state)
{
	char path[CGROUP_PATH_MAX];

	(void)state;
	put("unified/cgroup.controllers", "\n");
	put("freezer/tasks", "\n");
	put("unified/jailmount/www/cgroup.procs", "");
	put("freezer/jailmount/www/cgroup.procs", "");
	(void)snprintf(path, sizeof(path), "%s/unified/jailmount/www/g3", root);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/freezer/jailmount/www/g12",
		       root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(cgroup_clear(&www, NULL), 0);
	assert_int_equal(access(path, F_OK), -1);
	(void)snprintf(path, sizeof(path), "%s/unified/jailmount/www/g3", root);
	assert_int_equal(access(path, F_OK), -1);
	/* Nothing of the kind, nothing to do. */
	assert_int_equal(cgroup_clear(&other, NULL), 0);
}

static void freezing_with_version2(void **state)
{
	char path[CGROUP_PATH_MAX];
	const struct cgroup cgroup = { .version2 = path };

	(void)state;
	put("g/cgroup.freeze", "0\n");
	put("g/cgroup.events", "populated 1\nfrozen 1\n");
	(void)snprintf(path, sizeof(path), "%s/g", root);
	assert_int_equal(cgroup_freeze(&cgroup, true), 0);
	assert_begins("g/cgroup.freeze", "1");
	/* It never thaws here. */
	assert_int_equal(cgroup_freeze(&cgroup, false), -ETIMEDOUT);
}

static void freezing_with_version1(void **state)
{
	char path[CGROUP_PATH_MAX];
	const struct cgroup cgroup = { .version1[CGROUP_FREEZER] = path };
	const struct cgroup neither = CGROUP_INIT;

	(void)state;
	put("g/freezer.state", "THAWED\n");
	(void)snprintf(path, sizeof(path), "%s/g", root);
	assert_int_equal(cgroup_freeze(&cgroup, true), 0);
	assert_begins("g/freezer.state", "FROZEN");
	assert_int_equal(cgroup_freeze(&neither, true), -ENOTSUP);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(version2_at_the_root),
		TEST(version2_beside_version1),
		TEST(limits_of_version2),
		TEST(controllers_are_enabled_on_the_way),
		TEST(limits_of_version1),
		TEST(io_of_version2),
		TEST(io_of_version1),
		TEST(a_limit_that_nobody_enforces),
		TEST(a_default_that_nobody_enforces),
		TEST(directories_come_and_go),
		TEST(one_of_two_is_removed),
		TEST(in_a_group_that_is_delegated),
		TEST(it_is_found_again),
		TEST(leftovers_are_cleared),
		TEST(freezing_with_version2),
		TEST(freezing_with_version1),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
