/* Where a path leads beneath a root: mount/walk.h; and who has it there:
 * mount/package_files.h. */
/* links: mount/walk.o mount/package_files.o */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "lib/fdio.h"
#include "mount/package_files.h"
#include "mount/walk.h"

struct fixture {
	char directory[64];
	int root;
};

static void make(const char *directory, const char *path, const char *content)
{
	char whole[256];
	int fd;

	(void)snprintf(whole, sizeof(whole), "%s/%s", directory, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, content, strlen(content)), 0);
	(void)close(fd);
}

static int set_up(void **state)
{
	static const char script[] =
		"cd \"$1\" && mkdir -p usr/bin etc/deep var/lib/dpkg/info "
		"pit/etc && ln -s usr/bin bin && ln -s /etc/passwd usr/passwd "
		"&& ln -s ../../../../../etc/passwd etc/deep/up && "
		"ln -s loop usr/loop && ln -s /nowhere/at/all usr/dangling && "
		"ln -s /etc pit/absolute && ln -s ../../etc pit/relative";
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char command[1024];

	if (!fixture)
		return -1;
	(void)strcpy(fixture->directory, "/tmp/test-walk.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	(void)snprintf(command, sizeof(command), "set -- %s; %s",
		       fixture->directory, script);
	assert_int_equal(system(command), 0);
	make(fixture->directory, "usr/bin/true", "");
	make(fixture->directory, "etc/mine", "");
	make(fixture->directory, "var/lib/dpkg/info/one.list",
	     "/.\n/bin/true\n/etc/passwd\n");
	make(fixture->directory, "var/lib/dpkg/info/two:amd64.list",
	     "/usr/bin/false");
	make(fixture->directory, "var/lib/dpkg/info/two.md5sums",
	     "/usr/bin/none\n");
	fixture->root = open(fixture->directory, O_PATH | O_CLOEXEC);
	*state = fixture;
	return fixture->root < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[128];
	int r;

	(void)snprintf(command, sizeof(command), "rm -rf %s",
		       fixture->directory);
	r = system(command);
	(void)close(fixture->root);
	free(fixture);
	return r;
}

static void leads(const struct walk_from *from, const char *path,
		  enum walk_end end, const char *where)
{
	CLEANUP_WALK struct walk walk = WALK_INIT;

	assert_int_equal(walk_to(from, path, &walk), 0);
	if (walk.end != end || strcmp(walk.path, where) != 0)
		fail_msg("%s leads to %s (%d)", path, walk.path, walk.end);
}

static struct walk_from from_root(void *const *state)
{
	const struct fixture *fixture = *state;

	return (struct walk_from){ .root = fixture->root,
				   .floor = "/",
				   .start = "/",
				   .follow = true };
}

static void what_is_there(void **state)
{
	struct walk_from from = from_root(state);

	leads(&from, "/usr/bin/true", WALK_FOUND, "/usr/bin/true");
	leads(&from, "/bin/true", WALK_FOUND, "/usr/bin/true");
	leads(&from, "//bin/./../bin//true", WALK_FOUND, "/usr/bin/true");
	leads(&from, "/", WALK_FOUND, "/");
	leads(&from, "/etc/", WALK_FOUND, "/etc");
	leads(&from, "/etc/deep/..", WALK_FOUND, "/etc");
	leads(&from, "/bin", WALK_FOUND, "/usr/bin");
	from.follow = false;
	leads(&from, "/bin", WALK_FOUND, "/bin");
	leads(&from, "/usr/dangling", WALK_FOUND, "/usr/dangling");
	from.start = "/usr";
	leads(&from, "bin/true", WALK_FOUND, "/usr/bin/true");
	leads(&from, "../etc/mine", WALK_FOUND, "/etc/mine");
}

static void what_is_not(void **state)
{
	struct walk_from from = from_root(state);
	CLEANUP_WALK struct walk walk = WALK_INIT;

	leads(&from, "/bin/false", WALK_MISSING, "/usr/bin/false");
	leads(&from, "/no/such/../x", WALK_MISSING, "/no/x");
	leads(&from, "/usr/dangling", WALK_MISSING, "/nowhere/at/all");
	leads(&from, "/etc/mine/x", WALK_NOT_DIRECTORY, "/etc/mine/x");
	leads(&from, "/usr/loop", WALK_LOOP, "/usr/loop");
	assert_int_equal(walk_to(&from, "/bin/false", &walk), 0);
	assert_string_equal(walk.directory, "/usr/bin");
	assert_true(walk.last);
	assert_int_equal(walk.link_count, 1);
	assert_string_equal(walk.links[0].path, "/bin");
	assert_string_equal(walk.links[0].target, "usr/bin");
	walk_done(&walk);
	assert_int_equal(walk_to(&from, "/var/no/x", &walk), 0);
	assert_string_equal(walk.directory, "/var");
	assert_false(walk.last);
}

/* The host's own /etc/passwd is there for every one of these. */
static void nothing_leads_out(void **state)
{
	struct walk_from from = from_root(state);

	leads(&from, "/etc/passwd", WALK_MISSING, "/etc/passwd");
	leads(&from, "/usr/passwd", WALK_MISSING, "/etc/passwd");
	leads(&from, "/etc/deep/up", WALK_MISSING, "/etc/passwd");
	leads(&from, "/../../../../etc/passwd", WALK_MISSING, "/etc/passwd");
	leads(&from, "../../../etc/mine", WALK_FOUND, "/etc/mine");
	/* One who has changed its root has another floor. */
	from.floor = from.start = "/pit";
	leads(&from, "/etc/mine", WALK_MISSING, "/pit/etc/mine");
	leads(&from, "/absolute/mine", WALK_MISSING, "/pit/etc/mine");
	leads(&from, "/relative/mine", WALK_MISSING, "/pit/etc/mine");
	leads(&from, "../../etc/mine", WALK_MISSING, "/pit/etc/mine");
}

static bool never(void *context UNUSED, const struct stat *directory UNUSED)
{
	return false;
}

static void limits(void **state)
{
	struct walk_from from = from_root(state);
	CLEANUP_WALK struct walk walk = WALK_INIT;
	char path[WALK_PATH_MAX + 1];

	memset(path, 'x', sizeof(path));
	path[WALK_PATH_MAX] = '\0';
	assert_int_equal(walk_to(&from, path, &walk), -ENAMETOOLONG);
	path[WALK_PATH_MAX - 1] = '\0';
	assert_int_equal(walk_to(&from, path, &walk), 0);
	assert_int_equal(walk.end, WALK_REFUSED);
	from.enter = never;
	leads(&from, "/etc/mine", WALK_REFUSED, "/etc/mine");
	leads(&from, "/etc", WALK_FOUND, "/etc");
}

static void packages_of_files(void **state)
{
	const struct fixture *fixture = *state;
	struct package_files files;

	assert_int_equal(package_files_load(fixture->root, &files), 0);
	assert_string_equal(package_files_find(&files, "/usr/bin/true"), "one");
	assert_string_equal(package_files_find(&files, "/etc/passwd"), "one");
	assert_string_equal(package_files_find(&files, "/usr/bin/false"),
			    "two");
	assert_null(package_files_find(&files, "/usr/bin/none"));
	assert_null(package_files_find(&files, ""));
	package_files_done(&files);
}

static void no_packages_at_all(void **state)
{
	const struct fixture *fixture = *state;
	struct package_files files;
	int root = openat(fixture->root, "etc", O_PATH | O_CLOEXEC);

	assert_int_equal(package_files_load(root, &files), 0);
	assert_null(package_files_find(&files, "/usr/bin/true"));
	package_files_done(&files);
	(void)close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there),
		cmocka_unit_test(what_is_not),
		cmocka_unit_test(nothing_leads_out),
		cmocka_unit_test(limits),
		cmocka_unit_test(packages_of_files),
		cmocka_unit_test(no_packages_at_all),
	};

	return cmocka_run_group_tests_name("walk", tests, set_up, tear_down);
}
