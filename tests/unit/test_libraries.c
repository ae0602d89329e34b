/* The loader's search order: pack/libraries.h. Everything is looked up in a
 * tree in memory. */
/* links: pack/libraries.o pack/library_built_in.o pack/library_search.o
 * pack/loader_paths.o pack/view.o pack/tree.o pack/content.o pack/format.o
 * pack/elf.o pack/elf_info.o pack/elf_dlopen.o pack/elf_reader.o pack/source.o
 * pack/source_directory.o pack/source_match.o pack/string_list.o
 * pack/root_index.o pack/root_record.o pack/packages.o pack/id_table.o
 * pack/dpkg.o pack/merged_usr.o pack/remove_tree.o */
/* packages: libelf */
#include "pack/libraries.h"

#include "pack/elf.h"
#include "tests/unit/tree_builder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MULTIARCH "/usr/lib/x86_64-linux-gnu"

static const struct elf_recipe any_library = { .soname = "libx.so.1" };
static const struct elf_recipe foreign_library = { .soname = "libx.so.1",
						   .machine = EM_AARCH64 };

static int set_up(void **state)
{
	struct tree *tree;

	if (tree_new(&tree, NULL) < 0)
		return -1;
	put_link(tree, "/lib", "usr/lib");
	*state = tree;
	return 0;
}

static int tear_down(void **state)
{
	tree_free(*state);
	return 0;
}

/* Who asks, and what for. */
struct question {
	struct elf_recipe user;
	const char *origin;
	const char *inherited[4];
	const char *library_path, *workdir;
	bool musl;
	const char *name;
};

static void ask(struct tree *tree, const struct question *question,
		struct library_found *ret_found, int wanted)
{
	const struct view view = { .tree = tree };
	CLEANUP_BUF struct buf file = elf_build(&question->user, NULL);
	CLEANUP_ELF struct elf elf = ELF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char **inherited = NULL;
	struct library_user user = { .elf = &elf, .musl = question->musl };
	struct libraries *libraries;

	user.origin = question->origin ? question->origin : "/usr/bin";
	for (size_t i = 0; i < 4 && question->inherited[i]; i++)
		assert_int_equal(
			strv_append(&inherited, question->inherited[i]), 0);
	user.inherited = inherited;
	assert_int_equal(elf_parse(file.data, file.length, NULL, &elf, &diag),
			 0);
	assert_int_equal(libraries_new(&view, question->library_path,
				       question->workdir, &libraries, &diag),
			 0);
	assert_int_equal(
		libraries_find(libraries, &user,
			       question->name ? question->name : "libx.so.1",
			       ret_found, &diag),
		wanted);
	libraries_free(libraries);
	strv_free(inherited);
}

static void finds(struct tree *tree, const struct question *question,
		  const char *path, const char *link)
{
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;

	ask(tree, question, &found, 0);
	assert_string_equal(found.path, path);
	if (link)
		assert_string_equal(found.link, link);
	else
		assert_null(found.link);
}

static void finds_nothing(struct tree *tree, const struct question *question)
{
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;

	ask(tree, question, &found, -ENOENT);
	assert_null(found.path);
}

static void put_library(struct tree *tree, const char *directory)
{
	CLEANUP_FREE char *path = path_join(directory, "libx.so.1");

	put_elf(tree, path, &any_library);
}

static void test_built_in(void **state)
{
	const struct question question = { 0 };

	put_node(*state, MULTIARCH, S_IFDIR | 0755);
	finds_nothing(*state, &question);
	put_library(*state, "/usr/lib");
	finds(*state, &question, "/lib/libx.so.1", NULL);
	put_library(*state, MULTIARCH);
	finds(*state, &question, "/lib/x86_64-linux-gnu/libx.so.1", NULL);
}

static void test_other_distributions(void **state)
{
	const struct question question = { 0 };

	/* Without a multiarch directory it is /lib64, and not /lib. */
	put_library(*state, "/usr/lib");
	finds_nothing(*state, &question);
	put_library(*state, "/usr/lib64");
	finds(*state, &question, "/usr/lib64/libx.so.1", NULL);
}

static void test_right_machine_only(void **state)
{
	const struct question question = { .user.rpath = "/a:/b" };

	put_node(*state, MULTIARCH, S_IFDIR | 0755);
	put_elf(*state, "/a/libx.so.1", &foreign_library);
	put_text(*state, "/b/libx.so.1", "INPUT(libx.so.2)");
	finds_nothing(*state, &question);
	put_library(*state, "/usr/lib");
	finds(*state, &question, "/lib/libx.so.1", NULL);
}

/* DT_RPATH, then LD_LIBRARY_PATH, then DT_RUNPATH, then the rest. */
static void test_order(void **state)
{
	struct question old = { .user.rpath = "/rpath",
				.library_path = "/environment" };
	struct question new = { .user.runpath = "/runpath",
				.library_path = "/environment" };

	put_library(*state, MULTIARCH);
	finds(*state, &old, "/lib/x86_64-linux-gnu/libx.so.1", NULL);
	put_library(*state, "/runpath");
	put_library(*state, "/environment");
	put_library(*state, "/rpath");
	finds(*state, &old, "/rpath/libx.so.1", NULL);
	finds(*state, &new, "/environment/libx.so.1", NULL);
	old.user.runpath = "/elsewhere"; /* and DT_RPATH does not count */
	finds(*state, &old, "/environment/libx.so.1", NULL);
	new.library_path = NULL;
	finds(*state, &new, "/runpath/libx.so.1", NULL);
}

static void test_inherited(void **state)
{
	struct question question = { .inherited = { "/program" } };

	put_library(*state, "/program");
	finds(*state, &question, "/program/libx.so.1", NULL);
	/* Whoever has a DT_RUNPATH is not helped by its program's DT_RPATH. */
	question.user.runpath = "/nowhere";
	finds_nothing(*state, &question);
	/* musl makes no such difference. */
	question.musl = true;
	finds(*state, &question, "/program/libx.so.1", NULL);
}

static void test_words(void **state)
{
	struct question question = { .user.runpath = "$ORIGIN/../lib",
				     .origin = "/opt/app/bin" };

	put_library(*state, "/opt/app/lib");
	finds(*state, &question, "/opt/app/lib/libx.so.1", NULL);
	question.user.runpath = "${ORIGIN}/../lib";
	finds(*state, &question, "/opt/app/lib/libx.so.1", NULL);
	question.user.runpath = "/opt/app/$LIB";
	put_library(*state, "/opt/app/lib64");
	finds(*state, &question, "/opt/app/lib64/libx.so.1", NULL);
	put_node(*state, MULTIARCH, S_IFDIR | 0755);
	put_library(*state, "/opt/app/lib/x86_64-linux-gnu");
	finds(*state, &question, "/opt/app/lib/x86_64-linux-gnu/libx.so.1",
	      NULL);
	question.user.runpath = "$UNKNOWN/lib:$ORIGINAL";
	finds_nothing(*state, &question);
}

static void test_platform(void **state)
{
	const struct question question = { .user.runpath = "/p/$PLATFORM" };
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;

	put_library(*state, "/p/haswell");
	finds_nothing(*state, &question);
	put_library(*state, "/p/x86_64");
	ask(*state, &question, &found, 0);
	assert_string_equal(found.path, "/p/x86_64/libx.so.1");
	assert_int_equal(strv_length(found.variants), 1);
	assert_string_equal(found.variants[0], "/p/haswell/libx.so.1");
}

static void test_empty_elements(void **state)
{
	struct question question = { .library_path = "/a;", .workdir = "/w" };

	put_library(*state, "/w");
	finds(*state, &question, "/w/libx.so.1", NULL);
	question.library_path = "sub";
	finds_nothing(*state, &question);
	put_library(*state, "/w/sub");
	finds(*state, &question, "/w/sub/libx.so.1", NULL);
}

static void test_hwcaps(void **state)
{
	const struct question question = { 0 };
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;

	put_library(*state, MULTIARCH "/glibc-hwcaps/x86-64-v3");
	put_elf(*state, MULTIARCH "/glibc-hwcaps/x86-64-v4/libx.so.1",
		&foreign_library);
	finds_nothing(*state, &question);
	put_library(*state, MULTIARCH);
	ask(*state, &question, &found, 0);
	assert_string_equal(found.path, "/lib/x86_64-linux-gnu/libx.so.1");
	assert_int_equal(strv_length(found.variants), 1);
	assert_string_equal(found.variants[0],
			    "/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/"
			    "libx.so.1");
}

static void test_ld_so_conf(void **state)
{
	struct question question = { 0 };

	put_text(*state, "/etc/ld.so.conf",
		 "# first a comment\n"
		 "include ld.so.conf.d/*.conf\n"
		 "/c , /d=libc6\n");
	put_text(*state, "/etc/ld.so.conf.d/b.conf", "/b # behind\n");
	put_text(*state, "/etc/ld.so.conf.d/a.conf",
		 "hwcap 1 nosegneg\n/a\n" MULTIARCH "\n");
	put_text(*state, "/etc/ld.so.conf.d/z.off", "/off\n");
	put_library(*state, "/off");
	put_node(*state, MULTIARCH, S_IFDIR | 0755);
	finds_nothing(*state, &question);
	put_library(*state, "/d");
	finds(*state, &question, "/d/libx.so.1", MULTIARCH "/libx.so.1");
	put_library(*state, "/b");
	finds(*state, &question, "/b/libx.so.1", MULTIARCH "/libx.so.1");
	/* A directory of the loader's own needs no link. */
	put_library(*state, MULTIARCH);
	finds(*state, &question, MULTIARCH "/libx.so.1", NULL);
	put_library(*state, "/a");
	finds(*state, &question, "/a/libx.so.1", MULTIARCH "/libx.so.1");
	question.user.no_default = true;
	finds_nothing(*state, &question);
}

static void test_ld_so_conf_that_includes_itself(void **state)
{
	const struct view view = { .tree = *state };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const struct elf_recipe recipe = { 0 };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_ELF struct elf elf = ELF_INIT;
	const struct library_user user = { .elf = &elf, .origin = "/" };
	CLEANUP_FOUND struct library_found found = LIBRARY_FOUND_INIT;
	struct libraries *libraries;

	put_text(*state, "/etc/ld.so.conf", "include /etc/ld.so.*\n");
	assert_int_equal(elf_parse(file.data, file.length, NULL, &elf, NULL),
			 0);
	assert_int_equal(libraries_new(&view, NULL, NULL, &libraries, NULL), 0);
	assert_int_equal(
		libraries_find(libraries, &user, "libx.so.1", &found, &diag),
		-EINVAL);
	assert_non_null(strstr(diag.text, "too many includes"));
	libraries_free(libraries);
}

static void test_name_with_slash(void **state)
{
	struct question question = { .name = "/opt/libx.so.1" };

	put_library(*state, "/opt");
	put_library(*state, "/w/sub");
	finds(*state, &question, "/opt/libx.so.1", NULL);
	question.name = "$ORIGIN/libx.so.1";
	question.origin = "/opt";
	finds(*state, &question, "/opt/libx.so.1", NULL);
	question.name = "sub/libx.so.1";
	question.workdir = "/w";
	finds(*state, &question, "/w/sub/libx.so.1", NULL);
	question.name = "/opt/liby.so.1";
	finds_nothing(*state, &question);
}

static void test_musl(void **state)
{
	struct question question = { .musl = true };

	put_library(*state, "/usr/lib64"); /* glibc's */
	finds_nothing(*state, &question);
	put_library(*state, "/usr/local/lib");
	finds(*state, &question, "/usr/local/lib/libx.so.1", NULL);
	put_library(*state, "/opt/musl");
	put_text(*state, "/etc/ld-musl-x86_64.path", "/opt/musl\n/other:/x\n");
	finds(*state, &question, "/opt/musl/libx.so.1", NULL);
	/* The C library is the loader. */
	question.name = "libpthread.so";
	finds_nothing(*state, &question);
	put_elf(*state, "/usr/lib/ld-musl-x86_64.so.1", &any_library);
	finds(*state, &question, "/lib/ld-musl-x86_64.so.1", NULL);
}

static void test_dangling_and_directories(void **state)
{
	const struct question question = { .user.rpath = "/a:/b:/c:/d" };

	put_link(*state, "/a/libx.so.1", "libx.so.1.0");
	put_node(*state, "/b/libx.so.1", S_IFDIR | 0755);
	put_text(*state, "/c", "no directory");
	put_link(*state, "/d/libx.so.1", "libx.so.1");
	finds_nothing(*state, &question);
}

static void test_sought(void **state)
{
	const struct view view = { .tree = *state };
	const struct elf_recipe recipe = { .runpath = "$ORIGIN/lib" };
	CLEANUP_BUF struct buf file = elf_build(&recipe, NULL);
	CLEANUP_ELF struct elf elf = ELF_INIT;
	const struct library_user user = { .elf = &elf, .origin = "/opt" };
	CLEANUP_FREE char *text = NULL;
	struct libraries *libraries;

	assert_int_equal(elf_parse(file.data, file.length, NULL, &elf, NULL),
			 0);
	assert_int_equal(libraries_new(&view, NULL, NULL, &libraries, NULL), 0);
	assert_int_equal(libraries_sought(libraries, &user, &text, NULL), 0);
	assert_string_equal(text, "/opt/lib, /lib64, /usr/lib64");
	libraries_free(libraries);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_built_in),
		TEST(test_other_distributions),
		TEST(test_right_machine_only),
		TEST(test_order),
		TEST(test_inherited),
		TEST(test_words),
		TEST(test_platform),
		TEST(test_empty_elements),
		TEST(test_hwcaps),
		TEST(test_ld_so_conf),
		TEST(test_ld_so_conf_that_includes_itself),
		TEST(test_name_with_slash),
		TEST(test_musl),
		TEST(test_dangling_and_directories),
		TEST(test_sought),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
