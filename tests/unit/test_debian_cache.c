/* links: pack/debian_cache.o pack/cache_directory.o pack/debian_cache_tidy.o
 * pack/debian_lists.o
 * pack/apt_host.o pack/apt_sources.o pack/string_list.o pack/subprocess.o
 * pack/replace_file.o pack/remove_tree.o pack/apt_packages.o
 * pack/debian_unpack.o pack/deb_unpack.o pack/archive.o pack/archive_open.o
 * pack/digest.o
 * pack/unpack.o pack/merged_usr.o pack/real_directory.o pack/root_record.o */
#include "pack/debian_cache.h"

#include "lib/fdio.h"
#include "pack/debian_lists.h"
#include "pack/debian_unpack.h"
#include "pack/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static char directory[] = "/tmp/jail-cache.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return remove_tree(AT_FDCWD, directory);
}

static struct debian_cache open_cache(const char *name)
{
	CLEANUP_FREE char *path = NULL;
	struct debian_cache cache;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	assert_int_equal(debian_cache_open(path, &cache, NULL), 0);
	return cache;
}

static void put(const struct debian_cache *cache, const char *path,
		const char *content)
{
	CLEANUP_CLOSE int fd = openat(cache->directory, path,
				      O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, content, strlen(content)), 0);
}

static bool is_there(const struct debian_cache *cache, const char *path)
{
	return faccessat(cache->directory, path, F_OK, AT_SYMLINK_NOFOLLOW) ==
	       0;
}

static void make_old(const struct debian_cache *cache, const char *path,
		     time_t seconds)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW },
					   { .tv_sec = time(NULL) - seconds } };

	assert_int_equal(
		utimensat(cache->directory, path, times, AT_SYMLINK_NOFOLLOW),
		0);
}

static void digest_of(uint8_t number, uint8_t digest[SHA256_SIZE])
{
	sha256_digest(&number, 1, digest);
}

static void root_path(uint8_t number, char path[128])
{
	uint8_t digest[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];

	digest_of(number, digest);
	sha256_format(digest, text);
	(void)snprintf(path, 128, "roots/%s", text);
}

static void make_root(const struct debian_cache *cache, uint8_t number)
{
	CLEANUP_CLOSE int fd = -1;
	uint8_t digest[SHA256_SIZE];

	digest_of(number, digest);
	assert_int_equal(debian_cache_new_root(cache, &fd, NULL), 0);
	assert_int_equal(mkdirat(fd, "tree", 0755), 0);
	assert_int_equal(debian_cache_keep_root(cache, digest, fd, NULL), 0);
}

static void test_place(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache =
		open_cache("some/where");
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct debian_cache other;
	char *path;

	(void)state;
	assert_true(asprintf(&path, "%s/some/where", directory) > 0);
	assert_string_equal(cache.path, path);

	/* Others could write what goes into images. */
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(debian_cache_open(path, &other, &diag), -EPERM);
	assert_non_null(strstr(diag.text, path));
	assert_int_equal(chmod(path, 0755), 0);
	free(path);

	assert_true(asprintf(&path, "%s/a\"b", directory) > 0);
	assert_int_equal(debian_cache_open(path, &other, &diag), -EINVAL);
	free(path);
}

static void test_default_place(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache = DEBIAN_CACHE_INIT;
	CLEANUP_FREE char *wanted = NULL;

	(void)state;
	assert_int_equal(setenv("XDG_CACHE_HOME", directory, 1), 0);
	assert_int_equal(debian_cache_open(NULL, &cache, NULL), 0);
	assert_true(asprintf(&wanted, "%s/jailpack", directory) > 0);
	assert_string_equal(cache.path, wanted);
}

static void test_answers(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache = open_cache("answers");
	uint8_t question[SHA256_SIZE], lists[SHA256_SIZE], root[SHA256_SIZE];
	uint8_t got[SHA256_SIZE];

	(void)state;
	digest_of(1, question);
	digest_of(2, lists);
	digest_of(3, root);
	assert_int_equal(debian_cache_recall(&cache, question, lists, got),
			 -ENOENT);
	assert_int_equal(
		debian_cache_remember(&cache, question, lists, root, NULL), 0);
	assert_int_equal(debian_cache_recall(&cache, question, lists, got), 0);
	assert_memory_equal(got, root, sizeof(root));
	assert_int_equal(debian_cache_recall(&cache, root, lists, got),
			 -ENOENT);
	/* Other lists may have another answer. */
	assert_int_equal(debian_cache_recall(&cache, question, root, got),
			 -ENOENT);
}

static void test_roots(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache = open_cache("roots");
	const struct apt_packages none = { 0 };
	uint8_t digest[SHA256_SIZE];
	char path[128];
	int used, fd;

	(void)state;
	digest_of(0, digest);
	assert_int_equal(debian_cache_use_root(&cache, digest, &fd, NULL),
			 -ENOENT);
	for (uint8_t i = 0; i < 11; i++) {
		make_root(&cache, i);
		root_path(i, path);
		make_old(&cache, path, 1000 - i);
	}
	/* Number 0 is the oldest, but used last; number 1 is in use. */
	assert_int_equal(debian_cache_use_root(&cache, digest, &fd, NULL), 0);
	(void)close(fd);
	digest_of(1, digest);
	assert_int_equal(debian_cache_use_root(&cache, digest, &used, NULL), 0);
	root_path(1, path);
	make_old(&cache, path, 2000);
	/* What a killed process left. */
	assert_int_equal(debian_cache_new_root(&cache, &fd, NULL), 0);
	(void)close(fd);

	debian_cache_tidy(&cache, &none);
	for (uint8_t i = 0; i < 11; i++) {
		root_path(i, path);
		assert_int_equal(is_there(&cache, path), i < 2 || i > 3);
	}
	assert_false(is_there(&cache, "roots/.new"));
	assert_int_equal(faccessat(used, "tree", F_OK, 0), 0);
	(void)close(used);
	debian_cache_tidy(&cache, &none);
	root_path(1, path);
	assert_false(is_there(&cache, path));
}

static void test_archives(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache =
		open_cache("archives-of");
	CLEANUP_FREE char *archives = NULL;
	CLEANUP_FREE char *suite = NULL;
	char needed_path[] = "/x/needed_1_all.deb";
	struct apt_package needed = { .path = needed_path };
	const struct apt_packages packages = { &needed, 1 };

	(void)state;
	assert_int_equal(
		debian_cache_directory(&cache, "archives", &archives, NULL), 0);
	put(&cache, "archives/needed_1_all.deb", "");
	put(&cache, "archives/old_1_all.deb", "");
	put(&cache, "archives/new_1_all.deb", "");
	put(&cache, "archives/lock", "");
	make_old(&cache, "archives/needed_1_all.deb", 30 * 86400);
	make_old(&cache, "archives/old_1_all.deb", 30 * 86400);
	make_old(&cache, "archives/lock", 30 * 86400);
	assert_int_equal(
		debian_cache_directory(&cache, "suites/old", &suite, NULL), 0);
	put(&cache, "suites/old/state", "");
	make_old(&cache, "suites/old/state", 31 * 86400);
	free(steal_ptr(&suite));
	assert_int_equal(
		debian_cache_directory(&cache, "suites/new", &suite, NULL), 0);
	put(&cache, "suites/new/state", "");
	make_old(&cache, "suites/new/state", 29 * 86400);
	make_old(&cache, "suites/new", 40 * 86400);

	debian_cache_tidy(&cache, &packages);
	assert_true(is_there(&cache, "archives/needed_1_all.deb"));
	assert_false(is_there(&cache, "archives/old_1_all.deb"));
	assert_true(is_there(&cache, "archives/new_1_all.deb"));
	assert_true(is_there(&cache, "archives/lock"));
	assert_false(is_there(&cache, "suites/old"));
	assert_true(is_there(&cache, "suites/new"));
}

static void test_packages(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache =
		open_cache("packages-of");
	CLEANUP_FREE char *packages = NULL;
	char needed_path[] = "/x/needed_1_all.deb";
	struct apt_package items[] = { { .path = needed_path } };
	const struct apt_packages needed = { items, 1 };
	char name[DEBIAN_PACKAGE_NAME_SIZE], path[128];

	(void)state;
	assert_int_equal(
		debian_cache_directory(&cache, "packages", &packages, NULL), 0);
	debian_package_name(&items[0], name);
	(void)snprintf(path, sizeof(path), "packages/%s", name);
	assert_int_equal(mkdirat(cache.directory, path, 0755), 0);
	make_old(&cache, path, 30 * 86400);
	assert_int_equal(mkdirat(cache.directory, "packages/old", 0755), 0);
	put(&cache, "packages/old/index", "");
	make_old(&cache, "packages/old", 30 * 86400);
	assert_int_equal(mkdirat(cache.directory, "packages/new", 0755), 0);
	assert_int_equal(mkdirat(cache.directory, "packages/.half", 0755), 0);

	debian_cache_tidy(&cache, &needed);
	assert_true(is_there(&cache, path));
	assert_false(is_there(&cache, "packages/old"));
	assert_true(is_there(&cache, "packages/new"));
	assert_false(is_there(&cache, "packages/.half"));
	assert_false(is_there(&cache, "packages/.old"));
}

static void count_waits(void *context, const char *text)
{
	assert_non_null(strstr(text, "waiting"));
	++*(int *)context;
}

static void test_lock(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache = open_cache("lock-of");
	int waits = 0, ready[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct debian_cache own = open_cache("lock-of");
		int r = debian_cache_lock(&own, NULL, NULL, NULL);

		if (r < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)usleep(100000);
		put(&own, "was-here", "");
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(debian_cache_lock(&cache, count_waits, &waits, NULL),
			 0);
	assert_int_equal(waits, 1);
	assert_true(is_there(&cache, "was-here"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static char *copy_of(const struct debian_cache *cache, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", cache->path, name) > 0);
	return path;
}

static void test_lists(void **state)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache cache = open_cache("lists-of");
	CLEANUP_FREE char *suite = NULL;
	CLEANUP_FREE char *lists = NULL;
	CLEANUP_DEBIAN_LISTS struct debian_lists first = { 0 };
	CLEANUP_DEBIAN_LISTS struct debian_lists second = { 0 };
	CLEANUP_APT_HOST struct apt_host host = { 0 };

	(void)state;
	for (int i = 0; i < APT_PLACES; i++)
		host.places[i] = copy_of(&cache, "sources.list");
	put(&cache, "sources.list", "deb x y z\n");
	assert_int_equal(debian_cache_directory(&cache, "suite", &suite, NULL),
			 0);
	assert_int_equal(
		debian_cache_directory(&cache, "suite/lists", &lists, NULL), 0);
	assert_int_equal(debian_lists_read(suite, &first), -ENOENT);
	put(&cache, "suite/lists/m_InRelease", "one");
	put(&cache, "suite/lists/m_Packages", "not looked at");
	assert_int_equal(debian_lists_write(suite, &host, NULL), 0);
	assert_int_equal(debian_lists_read(suite, &first), 0);
	assert_true(debian_lists_are_fresh(&first));
	assert_true(debian_lists_are_new(&first));
	assert_string_equal(first.places.places[0], host.places[0]);

	/* Another Release, another digest. */
	put(&cache, "suite/lists/m_InRelease", "two");
	assert_int_equal(debian_lists_write(suite, &host, NULL), 0);
	assert_int_equal(debian_lists_read(suite, &second), 0);
	assert_memory_not_equal(first.digest, second.digest, SHA256_SIZE);

	first.fetched -= 2 * 60 * 60;
	assert_false(debian_lists_are_new(&first));
	assert_true(debian_lists_are_fresh(&first));
	first.fetched -= 23 * 60 * 60;
	assert_false(debian_lists_are_fresh(&first));
	first.fetched = time(NULL) + 3600;
	assert_false(debian_lists_are_fresh(&first));
	/* The operator has changed something. */
	put(&cache, "sources.list", "deb x y z more\n");
	assert_false(debian_lists_are_fresh(&second));

	put(&cache, "suite/state", "jailpack lists 1\nlists x\n");
	assert_int_equal(debian_lists_read(suite, &first), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_default_place),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_lists),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("debian cache", tests, set_up,
					   tear_down);
}
