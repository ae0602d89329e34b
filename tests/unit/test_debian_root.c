/* links: pack/archive.o pack/archive_open.o
 * pack/unpack.o pack/merged_usr.o
 * pack/debian_root.o pack/debian_unpack.o pack/deb_unpack.o pack/deb_control.o
 * pack/digest.o
 * pack/real_directory.o pack/root_index.o pack/root_record.o pack/packages.o
 * pack/remove_tree.o pack/apt_packages.o pack/string_list.o */
#include "pack/debian_root.h"

#include "lib/fdio.h"
#include "pack/deb_control.h"
#include "pack/debian_unpack.h"
#include "pack/remove_tree.h"
#include "pack/root_index.h"
#include "tests/unit/make_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static char directory[] = "/tmp/jail-root.XXXXXX";
static int place = -1;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	place = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_fd(&place);
	return remove_tree(AT_FDCWD, directory);
}

struct set {
	struct apt_packages packages;
	struct buf warnings;
};

static void set_done(struct set *set)
{
	apt_packages_done(&set->packages);
	buf_done(&set->warnings);
}

static void warn(void *context, const char *text)
{
	buf_printf(context, "%s\n", text);
}

/* A package of these members, in a file; packages are added sorted. */
static void add_package(struct set *set, const char *name,
			const char *control_text, const struct member *members,
			size_t count)
{
	const struct member control = { .name = "./control",
					.type = '0',
					.content = control_text };
	struct apt_package package = {
		.name = strdup(name),
		.version = strdup("1"),
		.architecture = strdup("all"),
		.remote = true,
	};
	CLEANUP_BUF struct buf deb = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;

	put_deb(&deb, &control, "data.tar", members, count);
	assert_true(asprintf(&package.path, "%s/%s.deb", directory, name) > 0);
	fd = open(package.path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write_all(fd, deb.data, deb.length), 0);
	package.size = deb.length;
	sha256_digest(deb.data, deb.length, package.sha256);
	assert_int_equal(array_grow(&set->packages.items, set->packages.count,
				    sizeof(package)),
			 0);
	set->packages.items[set->packages.count++] = package;
}

static int open_directory(const char *name)
{
	int fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/*
 * Unpack them all anew, and make a root of them: descriptors on its directory
 * and on its tree, if it came to be.
 */
static int make(struct set *set, unsigned int threads, int *ret_directory,
		int *ret_tree)
{
	const struct debian_unpack_options options = {
		.threads = threads,
		.warn = warn,
		.context = &set->warnings,
	};
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_CLOSE int unpacked = -1;
	int r;

	assert_int_equal(remove_tree(place, "root"), 0);
	assert_int_equal(mkdirat(place, "root", 0755), 0);
	assert_int_equal(remove_tree(place, "packages"), 0);
	assert_int_equal(mkdirat(place, "packages", 0755), 0);
	*ret_directory = open_directory("root");
	unpacked = open_directory("packages");
	buf_reset(&set->warnings);
	r = debian_unpack(unpacked, &set->packages, &options, &diag);
	if (r == 0)
		r = debian_root_make(*ret_directory, unpacked, &set->packages,
				     warn, &set->warnings, &diag);
	*ret_tree = openat(*ret_directory, DEBIAN_TREE,
			   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(diag.error, r);
	assert_int_equal(diag.text != NULL, r < 0);
	return r;
}

static void check_content(int tree, const char *path, const char *wanted)
{
	CLEANUP_CLOSE int fd = openat(tree, path, O_RDONLY | O_NOFOLLOW);
	CLEANUP_BUF struct buf text = BUF_INIT;

	assert_true(fd >= 0);
	assert_int_equal(read_to_end(fd, 4096, &text), 0);
	assert_string_equal(text.data ? text.data : "", wanted);
}

static void check_link(int tree, const char *path, const char *wanted)
{
	char target[256] = { 0 };

	assert_true(readlinkat(tree, path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, wanted);
}

static mode_t mode_of(int tree, const char *path)
{
	struct stat status;

	assert_int_equal(fstatat(tree, path, &status, AT_SYMLINK_NOFOLLOW), 0);
	return status.st_mode;
}

static const struct member plain[] = {
	{ .name = "./", .type = '5', .mode = 0755 },
	{ .name = "./lib/", .type = '5', .mode = 0755 },
	{ .name = "./lib/libone.so.1",
	  .type = '0',
	  .mode = 0644,
	  .content = "one" },
	{ .name = "./usr/lib/libone.so", .type = '2', .target = "libone.so.1" },
	{ .name = "./bin/su", .type = '0', .mode = 04755, .content = "su" },
	{ .name = "./bin/same",
	  .type = '1',
	  .mode = 04755,
	  .target = "./bin/su" },
	{ .name = "./etc/shadow",
	  .type = '0',
	  .mode = 0,
	  .content = "secret",
	  .user = "shadow" },
	{ .name = "./tmp/", .type = '5', .mode = 01777 },
	{ .name = "./dev/sda", .type = '4', .mode = 0660, .major = 8 },
	{ .name = "./run/fifo", .type = '6', .mode = 0600 },
	{ .name = "./etc/outside", .type = '2', .target = "/etc" },
};

static void test_plain(void **state)
{
	CLEANUP(set_done) struct set set = { 0 };
	CLEANUP_CLOSE int root = -1;
	CLEANUP_CLOSE int tree = -1;
	const struct root_attributes *attributes;
	struct root_index *index;
	struct stat one, other;

	(void)state;
	add_package(&set, "plain", "Package: plain\n", plain,
		    ARRAY_SIZE(plain));
	assert_int_equal(make(&set, 2, &root, &tree), 0);

	check_link(tree, "lib", "usr/lib");
	check_link(tree, "bin", "usr/bin");
	assert_int_equal(faccessat(tree, "sbin", F_OK, AT_SYMLINK_NOFOLLOW),
			 -1);
	check_content(tree, "usr/lib/libone.so.1", "one");
	check_link(tree, "usr/lib/libone.so", "libone.so.1");
	assert_int_equal(fstatat(tree, "usr/bin/su", &one, 0), 0);
	assert_int_equal(fstatat(tree, "usr/bin/same", &other, 0), 0);
	assert_int_equal(one.st_ino, other.st_ino);
	check_link(tree, "etc/outside", "/etc");

	/* Set-id bits and closed files are told, not made. */
	assert_int_equal(mode_of(tree, "usr/bin/su") & 07700, 0700);
	assert_int_equal(mode_of(tree, "etc/shadow") & 07700, 0600);
	assert_int_equal(faccessat(tree, "dev/sda", F_OK, 0), -1);
	assert_non_null(strstr(set.warnings.data, "/dev/sda"));
	assert_non_null(strstr(set.warnings.data, "/run/fifo"));

	assert_int_equal(root_index_read(root, DEBIAN_INDEX, &index, NULL), 0);
	attributes = root_index_attributes(index, "/usr/bin/su");
	assert_non_null(attributes);
	assert_int_equal(attributes->permissions, 04755);
	assert_string_equal(attributes->user, "root");
	attributes = root_index_attributes(index, "/etc/shadow");
	assert_int_equal(attributes->permissions, 0);
	assert_string_equal(attributes->user, "shadow");
	attributes = root_index_attributes(index, "/tmp");
	assert_int_equal(attributes->permissions, 01777);
	assert_null(root_index_attributes(index, "/usr/lib/libone.so.1"));
	assert_null(root_index_attributes(index, "/usr/lib/libone.so"));
	assert_non_null(packages_owner(root_index_packages(index),
				       "/usr/lib/libone.so.1"));
	root_index_free(index);
}

/* Links in one package must not lead what another brings out of the root, nor
 * to another place depending on who comes first. */
static void test_through_link(void **state)
{
	static const struct member link[] = {
		{ .name = "./srv/out",
		  .type = '2',
		  .target = "../../../../../../../../../tmp" },
		{ .name = "./srv/in", .type = '2', .target = "/srv/real" },
		{ .name = "./srv/real/", .type = '5', .mode = 0755 },
	};
	static const struct member through[] = {
		{ .name = "./srv/in/file", .type = '0', .content = "in" },
		{ .name = "./srv/out/jail-escaped",
		  .type = '0',
		  .content = "out" },
	};
	CLEANUP(set_done) struct set set = { 0 };

	(void)state;
	add_package(&set, "a-link", "Package: a-link\n", link,
		    ARRAY_SIZE(link));
	add_package(&set, "b-through", "Package: b-through\n", through, 1);
	for (unsigned int i = 0; i < 20; i++) {
		CLEANUP_CLOSE int root = -1;
		CLEANUP_CLOSE int tree = -1;

		assert_int_equal(make(&set, 1 + i % 2, &root, &tree), 0);
		check_content(tree, "srv/real/file", "in");
	}
	apt_packages_done(&set.packages);
	add_package(&set, "a-link", "Package: a-link\n", link,
		    ARRAY_SIZE(link));
	add_package(&set, "b-through", "Package: b-through\n", through, 2);
	for (unsigned int i = 0; i < 2; i++) {
		CLEANUP_CLOSE int root = -1;
		CLEANUP_CLOSE int tree = -1;

		/* Within the root there is no /tmp for it to lead to. */
		assert_true(make(&set, 1, &root, &tree) < 0);
		assert_int_equal(access("/tmp/jail-escaped", F_OK), -1);
	}
}

static const struct member mine[] = {
	{ .name = "./usr/share/x",
	  .type = '0',
	  .mode = 0600,
	  .content = "mine" },
};
static const struct member yours[] = {
	{ .name = "./usr/share/x",
	  .type = '0',
	  .mode = 0644,
	  .content = "yours" },
};

static void check_clash(const char *mine_control, const char *yours_control,
			const char *wanted, const char *owner, bool warned)
{
	CLEANUP(set_done) struct set set = { 0 };

	add_package(&set, "a", mine_control, mine, 1);
	add_package(&set, "b", yours_control, yours, 1);
	for (unsigned int i = 0; i < 4; i++) {
		CLEANUP_CLOSE int root = -1;
		CLEANUP_CLOSE int tree = -1;
		const struct source_package *package;
		struct root_index *index;

		assert_int_equal(make(&set, 2, &root, &tree), 0);
		check_content(tree, "usr/share/x", wanted);
		assert_int_equal(set.warnings.length > 0, warned);
		assert_int_equal(
			root_index_read(root, DEBIAN_INDEX, &index, NULL), 0);
		package = packages_owner(root_index_packages(index),
					 "/usr/share/x");
		assert_non_null(package);
		assert_string_equal(package->name, owner);
		assert_int_equal(root_index_attributes(index, "/usr/share/x") !=
					 NULL,
				 *owner == 'a');
		root_index_free(index);
	}
}

static void test_clash(void **state)
{
	(void)state;
	check_clash("Package: a\n", "Package: b\n", "yours", "b", true);
	check_clash("Package: a\nReplaces: z, b (<< 2)\n", "Package: b\n",
		    "mine", "a", false);
	check_clash("Package: a\n", "Package: b\nReplaces: a\n", "yours", "b",
		    false);
}

static void test_refused(void **state)
{
	static const struct member escape = { .name = "../jail-escaped",
					      .type = '0',
					      .content = "x" };
	static const struct member absolute = { .name = "/tmp/jail-escaped",
						.type = '0',
						.content = "x" };
	static const struct member hard = { .name = "./x",
					    .type = '1',
					    .target = "../../etc/passwd" };
	static const struct member nothing = { .name = "./x",
					       .type = '1',
					       .target = "./none" };
	static const struct member *const members[] = { &escape, &absolute,
							&hard, &nothing };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		CLEANUP(set_done) struct set set = { 0 };
		CLEANUP_CLOSE int root = -1;
		CLEANUP_CLOSE int tree = -1;

		add_package(&set, "bad", "Package: bad\n", members[i], 1);
		assert_int_equal(make(&set, 2, &root, &tree), -EBADMSG);
	}
}

/* A file that is not the one of the package list is removed. */
static void test_wrong_file(void **state)
{
	CLEANUP(set_done) struct set set = { 0 };
	CLEANUP_CLOSE int root = -1;
	CLEANUP_CLOSE int tree = -1;
	struct apt_package *package;

	(void)state;
	add_package(&set, "plain", "Package: plain\n", plain,
		    ARRAY_SIZE(plain));
	package = &set.packages.items[0];
	assert_int_equal(truncate(package->path, (off_t)package->size - 1), 0);
	assert_int_equal(make(&set, 1, &root, &tree), -EUCLEAN);
	assert_int_equal(access(package->path, F_OK), -1);
	close_fd(&root);
	close_fd(&tree);
	assert_int_equal(make(&set, 1, &root, &tree), -EUCLEAN);
}

/* What is there is neither unpacked again nor even looked at. */
static void test_again(void **state)
{
	const struct debian_unpack_options options = { .threads = 2 };
	CLEANUP(set_done) struct set set = { 0 };
	CLEANUP_CLOSE int root = -1;
	CLEANUP_CLOSE int tree = -1;
	CLEANUP_CLOSE int second = -1;
	CLEANUP_CLOSE int unpacked = -1;
	struct stat one, other;

	(void)state;
	add_package(&set, "plain", "Package: plain\n", plain,
		    ARRAY_SIZE(plain));
	assert_int_equal(make(&set, 1, &root, &tree), 0);
	assert_int_equal(unlink(set.packages.items[0].path), 0);
	unpacked = open_directory("packages");
	assert_true(debian_is_unpacked(unpacked, &set.packages.items[0]));
	assert_int_equal(debian_unpack(unpacked, &set.packages, &options, NULL),
			 0);
	assert_int_equal(mkdirat(place, "second", 0755), 0);
	second = open_directory("second");
	assert_int_equal(debian_root_make(second, unpacked, &set.packages, NULL,
					  NULL, NULL),
			 0);
	assert_int_equal(fstatat(tree, "usr/bin/su", &one, 0), 0);
	assert_int_equal(fstatat(second, DEBIAN_TREE "/usr/bin/su", &other, 0),
			 0);
	assert_int_equal(one.st_ino, other.st_ino);
}

struct slow_fetch {
	struct set *set;
	size_t calls;
	int result;
};

/* Puts the second package into place, as a download would. */
static int fetch_slowly(void *context, struct diag *diag)
{
	struct slow_fetch *slow = context;
	const char *path = slow->set->packages.items[1].path;
	CLEANUP_FREE char *hidden = NULL;

	slow->calls++;
	if (slow->result < 0)
		return diag_set(diag, slow->result, "no network");
	(void)usleep(50000);
	assert_true(asprintf(&hidden, "%s.hidden", path) > 0);
	assert_int_equal(rename(hidden, path), 0);
	return 0;
}

static void test_fetch(void **state)
{
	CLEANUP(set_done) struct set set = { 0 };
	struct slow_fetch slow = { .set = &set, .result = -EIO };
	const struct debian_unpack_options options = {
		.threads = 2,
		.fetch = fetch_slowly,
		.context = &slow,
	};
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_FREE char *hidden = NULL;
	CLEANUP_CLOSE int unpacked = -1;

	(void)state;
	add_package(&set, "a", "Package: a\n", plain, 3);
	add_package(&set, "b", "Package: b\n", plain, 1);
	assert_true(asprintf(&hidden, "%s.hidden", set.packages.items[1].path) >
		    0);
	assert_int_equal(rename(set.packages.items[1].path, hidden), 0);
	assert_int_equal(remove_tree(place, "packages"), 0);
	assert_int_equal(mkdirat(place, "packages", 0755), 0);
	unpacked = open_directory("packages");

	assert_int_equal(
		debian_unpack(unpacked, &set.packages, &options, &diag), -EIO);
	assert_string_equal(diag.text, "no network");
	assert_false(debian_is_unpacked(unpacked, &set.packages.items[1]));
	slow.result = 0;
	assert_int_equal(
		debian_unpack(unpacked, &set.packages, &options, &diag), 0);
	assert_int_equal(slow.calls, 2);
	assert_true(debian_is_unpacked(unpacked, &set.packages.items[0]));
	assert_true(debian_is_unpacked(unpacked, &set.packages.items[1]));
}

static void test_digest(void **state)
{
	CLEANUP(set_done) struct set set = { 0 };
	uint8_t one[SHA256_SIZE], other[SHA256_SIZE];

	(void)state;
	add_package(&set, "plain", "Package: plain\n", plain, 1);
	assert_int_equal(debian_root_digest(&set.packages, one, NULL), 0);
	assert_int_equal(debian_root_digest(&set.packages, other, NULL), 0);
	assert_memory_equal(one, other, sizeof(one));
	set.packages.items[0].sha256[0] ^= 1;
	assert_int_equal(debian_root_digest(&set.packages, other, NULL), 0);
	assert_memory_not_equal(one, other, sizeof(one));
}

static void test_replaces(void **state)
{
	static const char control[] =
		"Package: x\nDescription: y\n Replaces: a\n"
		"Replaces: one (<< 2), two:any,\n three\n four | five\n"
		"Breaks: six\n";

	(void)state;
	assert_true(deb_control_replaces(control, "one"));
	assert_true(deb_control_replaces(control, "two"));
	assert_true(deb_control_replaces(control, "three"));
	assert_false(deb_control_replaces(control, "a"));
	assert_false(deb_control_replaces(control, "on"));
	assert_false(deb_control_replaces(control, "six"));
	assert_false(deb_control_replaces(control, "2"));
	assert_false(deb_control_replaces("", "one"));
	assert_false(deb_control_replaces("Replaces", "one"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_through_link),
		cmocka_unit_test(test_clash),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_wrong_file),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_fetch),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_replaces),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("debian root", tests, set_up,
					   tear_down);
}
