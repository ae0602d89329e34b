/* links: pack/source.o pack/source_directory.o pack/source_match.o
 * pack/string_list.o pack/root_index.o pack/root_record.o pack/packages.o
 * pack/id_table.o pack/dpkg.o pack/merged_usr.o pack/remove_tree.o */
#include "pack/source.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "pack/remove_tree.h"
#include "pack/root_index.h"
#include "pack/source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char directory[] = "/tmp/jail-source.XXXXXX";
static int root = -1;

static void make_parents(const char *path)
{
	char parent[256];

	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		(void)snprintf(parent, sizeof(parent), "%.*s",
			       (int)(slash - path), path);
		if (mkdirat(root, parent, 0755) < 0)
			assert_int_equal(errno, EEXIST);
	}
}

static void put(const char *path, const char *content)
{
	CLEANUP_CLOSE int fd = -1;

	make_parents(path);
	fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, content, strlen(content)), 0);
}

static void put_link(const char *path, const char *target)
{
	make_parents(path);
	assert_int_equal(symlinkat(target, root, path), 0);
}

/* A small Debian with a merged /usr. */
static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	put("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"
			  "# not an entry\n"
			  "bad:x:minus:1::/:\n"
			  "+::::::\n"
			  "www-data:x:33:34:www-data:/var/www:/nologin\n"
			  "www-data:x:99:99:second:/:/\n");
	put("etc/group", "root:x:0:\nadm:x:4:syslog,me\nwww-data:x:34:\n");
	put("usr/bin/tool", "#!/bin/sh\n");
	put("usr/lib/libone.so.1", "one");
	put("usr/lib/libtwo.so.2", "two");
	put("usr/lib/deep/er/libthree.so", "three");
	put("usr/share/doc/tool/copyright", "free");
	put("usr/bin/diverted.distrib", "the packaged one");
	put_link("bin", "usr/bin");
	put_link("lib", "usr/lib");
	put_link("usr/lib/libone.so", "libone.so.1");
	put_link("usr/lib/loop", "loop");
	put_link("usr/lib/up", "../../../../../../etc/passwd");
	put_link("opt", "/usr/lib/deep");
	put("var/lib/dpkg/status",
	    "Package: tool\nStatus: install ok installed\n"
	    "Architecture: amd64\nVersion: 1:2.0-1\nDescription: x\n"
	    " Package: not a field\n"
	    "\n"
	    "Package: libone\nStatus: install ok unpacked\n"
	    "Multi-Arch: same\nArchitecture: amd64\nVersion: 1.0\n"
	    "\n"
	    "Package: gone\nStatus: deinstall ok config-files\n"
	    "Architecture: amd64\nVersion: 3\n"
	    "\n"
	    "Package: libtwo\nStatus: install ok installed\n"
	    "Version: 2\nArchitecture: all");
	put("var/lib/dpkg/info/tool.list",
	    "/.\n/usr\n/usr/bin\n/bin/tool\n/usr/bin/diverted\n/usr/share\n"
	    "/usr/share/doc\n/usr/share/doc/tool\n"
	    "/usr/share/doc/tool/copyright\n");
	put("var/lib/dpkg/info/libone:amd64.list",
	    "/.\n/lib\n/lib/libone.so.1\n/usr\n/usr/lib\n/usr/lib/libone.so\n");
	put("var/lib/dpkg/info/gone.list", "/.\n/etc/gone.conf\n");
	put("var/lib/dpkg/info/libtwo.list", "/usr/lib/libtwo.so.2");
	put("var/lib/dpkg/diversions",
	    "/usr/bin/diverted\n/usr/bin/diverted.distrib\nlibone\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_fd(&root);
	return remove_tree(AT_FDCWD, directory);
}

static struct source *open_source(void)
{
	struct source *source;

	assert_int_equal(source_open_directory(directory, &source, NULL), 0);
	return source;
}

static void test_lstat(void **state)
{
	struct source *source = open_source();
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct source_entry entry;

	(void)state;
	assert_string_equal(source_name(source), directory);
	assert_int_equal(
		source_lstat(source, "/usr/lib/libtwo.so.2", &entry, NULL), 0);
	assert_int_equal(entry.mode, S_IFREG | 0644);
	assert_int_equal(entry.size, 3);
	assert_null(entry.target);
	assert_string_equal(entry.package->name, "libtwo");
	assert_string_equal(entry.package->version, "2");
	assert_string_equal(entry.package->architecture, "all");
	source_entry_done(&entry);

	/* The last component is not followed, its parents are. */
	assert_int_equal(source_lstat(source, "/lib/libone.so", &entry, NULL),
			 0);
	assert_true(S_ISLNK(entry.mode));
	assert_int_equal(entry.size, 0);
	assert_string_equal(entry.target, "libone.so.1");
	assert_string_equal(entry.package->name, "libone");
	source_entry_done(&entry);
	assert_int_equal(
		source_lstat(source, "/opt/er/libthree.so", &entry, NULL), 0);
	assert_null(entry.package);
	source_entry_done(&entry);

	/* A directory that several packages bring is nobody's. */
	assert_int_equal(source_lstat(source, "/usr", &entry, NULL), 0);
	assert_true(S_ISDIR(entry.mode));
	assert_null(entry.package);
	source_entry_done(&entry);

	assert_int_equal(source_lstat(source, "/nothing", &entry, &diag),
			 -ENOENT);
	assert_int_equal(source_lstat(source, "/usr/bin/tool/x", &entry, &diag),
			 -ENOENT);
	assert_null(diag.text);
	assert_int_equal(source_lstat(source, "/usr/lib/loop/x", &entry, &diag),
			 -ELOOP);
	assert_non_null(strstr(diag.text, "/usr/lib/loop/x"));
	source_free(source);
}

static void test_owners(void **state)
{
	struct source *source = open_source();
	struct source_entry entry;
	uint32_t uid, gid;

	(void)state;
	assert_int_equal(source_find_user(source, "www-data", &uid, &gid), 0);
	assert_int_equal(uid, 33);
	assert_int_equal(gid, 34);
	assert_int_equal(source_find_group(source, "adm", &gid), 0);
	assert_int_equal(gid, 4);
	assert_int_equal(source_find_user(source, "bad", &uid, &gid), -ENOENT);
	assert_int_equal(source_find_user(source, "", &uid, &gid), -ENOENT);
	assert_int_equal(source_find_group(source, "nobody", &gid), -ENOENT);
	if (geteuid() == 0) {
		assert_int_equal(fchownat(root, "usr/bin/tool", 33, 4, 0), 0);
		assert_int_equal(
			source_lstat(source, "/bin/tool", &entry, NULL), 0);
		assert_string_equal(entry.user, "www-data");
		assert_string_equal(entry.group, "adm");
		source_entry_done(&entry);
		assert_int_equal(fchownat(root, "usr/bin/tool", 777, 777, 0),
				 0);
		assert_int_equal(
			source_lstat(source, "/bin/tool", &entry, NULL), 0);
		assert_string_equal(entry.user, "root");
		source_entry_done(&entry);
	}
	source_free(source);
}

static void test_packages(void **state)
{
	static const char *const wanted[] = {
		"/usr",
		"/usr/bin",
		"/usr/bin/diverted.distrib",
		"/usr/bin/tool",
		"/usr/share",
		"/usr/share/doc",
		"/usr/share/doc/tool",
		"/usr/share/doc/tool/copyright",
	};
	struct source *source = open_source();
	const struct source_package *package =
		source_find_package(source, "tool");
	struct source_entry entry;

	(void)state;
	assert_non_null(package);
	assert_string_equal(package->version, "1:2.0-1");
	assert_int_equal(strv_length(package->files), ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_string_equal(package->files[i], wanted[i]);

	/* /lib itself is the link; what the package calls /lib/x is moved. */
	package = source_find_package(source, "libone:amd64");
	assert_non_null(package);
	assert_string_equal(package->files[0], "/lib");
	assert_string_equal(package->files[4], "/usr/lib/libone.so.1");
	assert_null(source_find_package(source, "libone:i386"));
	assert_null(source_find_package(source, "gone"));
	assert_null(source_find_package(source, "lib"));

	assert_int_equal(
		source_lstat(source, "/usr/bin/diverted.distrib", &entry, NULL),
		0);
	assert_string_equal(entry.package->name, "tool");
	source_entry_done(&entry);
	source_free(source);
}

static void test_open(void **state)
{
	struct source *source = open_source();
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	int fd;

	(void)state;
	/* A link that climbs out ends at the source's own root. */
	assert_int_equal(source_open(source, "/lib/up", &fd, NULL), 0);
	assert_int_equal(read_to_end(fd, 4096, &text), 0);
	assert_non_null(strstr(text.data, "www-data"));
	(void)close(fd);

	assert_int_equal(source_open(source, "/usr", &fd, &diag), -EISDIR);
	assert_int_equal(source_open(source, "/none", &fd, &diag), -ENOENT);
	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	assert_int_equal(source_open(source, "/fifo", &fd, &diag), -EINVAL);
	assert_int_equal(unlinkat(root, "fifo", 0), 0);
	source_free(source);
}

static void test_list(void **state)
{
	struct source *source = open_source();
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char **names;

	(void)state;
	assert_int_equal(source_list(source, "/lib", &names, NULL), 0);
	assert_int_equal(strv_length(names), 6);
	assert_string_equal(names[0], "deep");
	assert_string_equal(names[1], "libone.so");
	assert_string_equal(names[5], "up");
	strv_free(names);
	assert_int_equal(source_list(source, "/etc/passwd", &names, &diag),
			 -ENOTDIR);
	assert_int_equal(source_list(source, "/none", &names, &diag), -ENOENT);
	source_free(source);
}

/* The matches in one line. */
static void check_match(struct source *source, const char *pattern,
			const char *wanted)
{
	CLEANUP_BUF struct buf got = BUF_INIT;
	char **paths;

	assert_int_equal(source_match(source, pattern, &paths, NULL), 0);
	for (char **path = paths; *path; path++)
		buf_printf(&got, "%s%s", path == paths ? "" : " ", *path);
	strv_free(paths);
	assert_string_equal(got.data ? got.data : "", wanted);
}

static void test_match(void **state)
{
	struct source *source = open_source();

	(void)state;
	check_match(source, "/usr/lib/lib*.so.?",
		    "/usr/lib/libone.so.1 /usr/lib/libtwo.so.2");
	check_match(source, "/usr/lib/lib*",
		    "/usr/lib/libone.so "
		    "/usr/lib/libone.so.1 "
		    "/usr/lib/libtwo.so.2");
	check_match(source, "/usr/*/tool", "/usr/bin/tool");
	check_match(source, "/usr/share/**",
		    "/usr/share /usr/share/doc /usr/share/doc/tool "
		    "/usr/share/doc/tool/copyright");
	check_match(source, "/**/lib[st]*.so", "/usr/lib/deep/er/libthree.so");
	check_match(source, "/usr/**/libone.so.1", "/usr/lib/libone.so.1");
	/* The fixed part may lead through a link; nothing behind it does. */
	check_match(source, "/lib/libt*", "/lib/libtwo.so.2");
	check_match(source, "/o*/er", "");
	check_match(source, "/o*", "/opt");
	/* No pattern at all. */
	check_match(source, "/usr/lib/loop", "/usr/lib/loop");
	check_match(source, "/usr/lib/none", "");
	check_match(source, "/none/*", "");
	check_match(source, "/etc/passwd/*", "");
	source_free(source);
}

/* An unpacked root: owners and permissions are not those of the disk. */
static void test_index(void **state)
{
	static const struct root_record records[] = {
		{ .kind = ROOT_PACKAGE, "one", "1", "all", { 0 } },
		{ .kind = ROOT_DIRECTORY, .attributes = { .path = "/etc" } },
		{ .kind = ROOT_FILE, .attributes = { .path = "/etc/shadow" } },
		{ .kind = ROOT_ATTRIBUTES,
		  .attributes = { "/etc/shadow", 02640, "root", "shadow" } },
		{ .kind = ROOT_FILE,
		  .attributes = { .path = "/usr/lib/libone.so.1" } },
		{ .kind = ROOT_END },
	};
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct source *source = open_source();
	const struct source_package *package;
	struct source_entry entry;

	(void)state;
	root_index_put_header(&text);
	for (size_t i = 0; i < ARRAY_SIZE(records); i++)
		root_index_put(&text, &records[i]);

	/* Cut anywhere, it is no index. */
	for (size_t length = 0; length <= text.length; length++) {
		CLEANUP_CLOSE int fd = openat(
			root, "index", O_WRONLY | O_CREAT | O_TRUNC, 0644);
		struct root_index *index = NULL;
		int r;

		assert_int_equal(write_all(fd, text.data, length), 0);
		r = root_index_read(root, "index", &index, NULL);
		assert_int_equal(r, length == text.length ? 0 : -EBADMSG);
		if (r == 0)
			source->index = index;
	}

	put("etc/shadow", "x");
	assert_int_equal(source_lstat(source, "/etc/shadow", &entry, NULL), 0);
	assert_int_equal(entry.mode, S_IFREG | 02640);
	assert_string_equal(entry.group, "shadow");
	assert_string_equal(entry.package->name, "one");
	source_entry_done(&entry);

	/* A mode that the packing user's umask left does not show. */
	assert_int_equal(fchmodat(root, "usr/lib/libone.so.1", 0700, 0), 0);
	assert_int_equal(source_lstat(source, "/lib/libone.so.1", &entry, NULL),
			 0);
	assert_int_equal(entry.mode, S_IFREG | 0755);
	assert_string_equal(entry.package->name, "one");
	source_entry_done(&entry);

	package = source_find_package(source, "one");
	assert_int_equal(strv_length(package->files), 3);
	assert_string_equal(package->files[0], "/etc");
	assert_string_equal(package->files[2], "/usr/lib/libone.so.1");
	source_free(source);
}

static void test_no_database(void **state)
{
	struct source *source;
	struct source_entry entry;
	char *path;

	(void)state;
	assert_true(asprintf(&path, "%s/usr", directory) > 0);
	assert_int_equal(source_open_directory(path, &source, NULL), 0);
	assert_int_equal(source_lstat(source, "/bin/tool", &entry, NULL), 0);
	assert_null(entry.package);
	source_entry_done(&entry);
	assert_null(source_find_package(source, "tool"));
	source_free(source);
	free(path);
	assert_int_equal(source_open_directory("/none/such", &source, NULL),
			 -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lstat),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_no_database),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("source", tests, set_up, tear_down);
}
