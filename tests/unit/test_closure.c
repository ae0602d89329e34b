/*
 * From a recipe to a tree, over a source tree made for the purpose: gather.h,
 * closure.h, place.h. Each case's tree, with its reasons, is compared with
 * tests/golden/NAME.list; GOLDEN_UPDATE=1 writes those anew.
 */
/* links: pack/closure_charsets.o
 * pack/closure_dlopen.o pack/closure_environment.o pack/closure_files.o
 * pack/closure_lines.o pack/closure_openssl.o pack/closure_pam.o
 * pack/environment_names.o pack/gconv_modules.o pack/ini.o pack/named_lines.o
 * pack/nsswitch.o pack/openssl_config.o pack/pam_stack.o pack/program_text.o
 * pack/recipe_rules.o pack/closure_languages.o pack/closure_walk.o
 * pack/closure_python.o pack/closure_python_path.o
 * pack/closure_python_find.o pack/closure_perl.o pack/closure_php.o
 * pack/python_imports.o pack/python_lines.o pack/python_modules.o
 * pack/perl_uses.o pack/perl_modules.o pack/php_includes.o */
/* links: pack/gather.o pack/gather_items.o pack/gather_copy.o
 * pack/gather_archive.o pack/gather_generated.o pack/gather_places.o
 * pack/gather_sources.o pack/derived.o pack/place.o pack/place_fill.o
 * pack/closure.o pack/closure_apache.o pack/closure_objects.o
 * pack/closure_missing.o
 * pack/closure_names.o pack/closure_rules.o pack/closure_script.o
 * pack/apache_config.o pack/scripts.o pack/rules.o pack/accounts.o
 * pack/libraries.o pack/library_built_in.o pack/library_search.o
 * pack/loader_paths.o pack/view.o
 * pack/tree.o pack/content.o pack/format.o pack/elf.o pack/elf_info.o
 * pack/elf_dlopen.o pack/elf_reader.o pack/elf_symbols.o pack/elf_strings.o
 * pack/proof.o pack/proof_elf.o pack/proof_symbols.o pack/proof_links.o
 * pack/recipe.o pack/recipe_accounts.o pack/recipe_confinement.o
 * pack/recipe_network.o pack/recipe_places.o pack/recipe_restore.o
 * pack/recipe_service.o pack/recipe_program.o pack/recipe_definitions.o
 * pack/recipe_device.o pack/recipe_directives.o pack/recipe_files.o
 * pack/recipe_identity.o pack/recipe_include.o pack/recipe_items.o
 * pack/recipe_layers.o pack/recipe_run.o pack/contract.o
 * pack/contract_copy.o pack/contract_places.o pack/contract_services.o
 * pack/source.o pack/source_directory.o pack/source_match.o
 * pack/string_list.o pack/root_index.o pack/root_record.o pack/packages.o
 * pack/id_table.o pack/dpkg.o pack/merged_usr.o pack/remove_tree.o
 * pack/recipe_build.o pack/gather_build.o pack/build.o pack/build_init.o
 * pack/build_digest.o pack/digest.o
 * pack/build_furnish.o pack/build_tree.o pack/build_copy.o pack/build_stage.o
 * pack/source_date.o */
/* packages: libelf */
/* links: pack/closure_nginx.o pack/nginx_config.o pack/lock.o pack/lock_text.o
 * pack/locking.o */
#include "pack/gather.h"

#include "lib/buf.h"
#include "lib/fdio.h"
#include "pack/recipe.h"
#include "pack/remove_tree.h"
#include "tests/unit/source_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Fetching is another test's. */
int source_open_debian(const struct debian_options *options UNUSED,
		       struct source **ret_source UNUSED, struct diag *diag)
{
	return diag_set(diag, -ENOTSUP, "not here");
}

int source_open_archive(const struct archive_options *options UNUSED,
			struct buf *ignored UNUSED,
			struct source **ret_source UNUSED, struct diag *diag)
{
	return diag_set(diag, -ENOTSUP, "not here");
}

/* Where the source tree is. */
struct place {
	char directory[64];
	int root;
};

static int set_up(void **state)
{
	static struct place place;

	strcpy(place.directory, "/tmp/test-closure.XXXXXX");
	if (!mkdtemp(place.directory))
		return -1;
	place.root = open(place.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place.root < 0)
		return -1;
	source_system(place.root);
	source_app(place.root);
	source_apache(place.root);
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	close_fd(&place->root);
	return remove_tree(AT_FDCWD, place->directory);
}

static void append_line(void *context, const char *text)
{
	buf_printf(context, "%s\n", text);
}

/* The recipe behind the lines that every one of them needs. */
static int gather_text(const struct place *place, const char *text,
		       struct gathered *ret_gathered, struct buf *warnings,
		       struct diag *diag)
{
	CLEANUP_BUF struct buf whole = BUF_INIT;
	const struct gather_options options = { .warn = append_line,
						.context = warnings };
	struct recipe *recipe;
	int r;

	buf_printf(&whole, "name test ; source tree %s\n%s", place->directory,
		   text);
	assert_int_equal(buf_check(&whole), 0);
	r = recipe_parse("dir/x.recipe", whole.data, whole.length, NULL,
			 &recipe, diag);
	if (r < 0)
		return r;
	r = gather(recipe, &options, ret_gathered, diag);
	recipe_free(recipe);
	return r;
}

static int show_node(struct node *node, void *context)
{
	CLEANUP_FREE char *path = node_path(node);
	unsigned int steps = 0;

	/* What every node must have, and a chain that ends. */
	assert_non_null(node->reason);
	assert_null(strpbrk(node->reason, "\n"));
	assert_null(node->work);
	for (const struct node *up = node; up; up = up->because)
		assert_true(++steps < 100);
	buf_printf(context, "%06o %u:%u %s%s%s\n\t%s\n",
		   (unsigned int)node->mode, node->uid, node->gid, path,
		   node->target ? " -> " : "", node->target ? node->target : "",
		   node->reason);
	if (node->because) {
		CLEANUP_FREE char *because = node_path(node->because);

		buf_printf(context, "\tfor %s\n", because);
	}
	return 0;
}

static void compare_golden(const char *name, const struct buf *list)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_BUF struct buf wanted = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_true(asprintf(&path, "tests/golden/%s.list", name) > 0);
	if (getenv("GOLDEN_UPDATE")) {
		CLEANUP_FILE FILE *file = fopen(path, "we");

		assert_non_null(file);
		assert_int_equal(fputs(list->data, file) < 0, 0);
		return;
	}
	if (read_file(path, 1 << 20, &wanted, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_string_equal(list->data, wanted.data);
}

static void gathers(void **state, const char *name, const char *text)
{
	CLEANUP_BUF struct buf list = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct gathered gathered;

	if (gather_text(*state, text, &gathered, &list, &diag) < 0)
		fail_msg("%s (%s)", diag.text, diag.hint ? diag.hint : "");
	assert_int_equal(tree_walk(gathered.tree, show_node, &list), 0);
	gathered_done(&gathered);
	compare_golden(name, &list);
}

/* It fails, at that line, and says all of these. */
static void fails(void **state, const char *text, const char *where,
		  const char *says, const char *hint)
{
	CLEANUP_BUF struct buf warnings = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct gathered gathered;

	if (gather_text(*state, text, &gathered, &warnings, &diag) == 0)
		fail_msg("it succeeds: %s", warnings.data);
	assert_non_null(diag.text);
	if (strncmp(diag.text, where, strlen(where)) != 0 ||
	    !strstr(diag.text, says))
		fail_msg("'%s' does not begin '%s' and say '%s'", diag.text,
			 where, says);
	if (hint && (!diag.hint || !strstr(diag.hint, hint)))
		fail_msg("'%s' does not say '%s'",
			 diag.hint ? diag.hint : "(no hint)", hint);
}

/* It succeeds, and warns of just this ("": nothing). */
static void succeeds(void **state, const char *text, const char *warns)
{
	CLEANUP_BUF struct buf warnings = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct gathered gathered;

	buf_puts(&warnings, "");
	if (gather_text(*state, text, &gathered, &warnings, &diag) < 0)
		fail_msg("%s (%s)", diag.text, diag.hint ? diag.hint : "");
	gathered_done(&gathered);
	if (*warns ? !strstr(warnings.data, warns) : *warnings.data != '\0')
		fail_msg("'%s' is not the warning '%s'", warnings.data, warns);
}

/* Run paths that are handed on, links, better processors, ld.so.conf, notes,
 * libgcc_s, and a plug-in that finds its library by its program. */
static void test_program(void **state)
{
	gathers(state, "program",
		"copy /opt/app/plugins ; exclude *.bak\n"
		"run /opt/app/bin/app\n");
}

static void test_script(void **state)
{
	const struct place *place = *state;

	source_text(place->root, "/usr/bin/start", 0755,
		    "#! /bin/sh -e\nexec true\n");
	source_text(place->root, "/usr/bin/serve", 0755,
		    "#!/usr/bin/env -S python3 -I\nimport tools.mend\n");
	source_python(place->root);
	source_text(place->root, "/usr/bin/data", 0644, "#!/bin/none\n");
	gathers(state, "script",
		"copy /usr/bin/serve /usr/bin/data\nrun /bin/start\n");
}

static void test_apache(void **state)
{
	gathers(state, "apache",
		"env RUNDIR=/etc/apache2\n"
		"copy /etc/apache2/apache2.conf /etc/apache2/ports.conf\n"
		"copy /etc/apache2/mods-enabled/*\n"
		"run /usr/sbin/apache2\n");
}

/* The recipe's own things, and who wins. */
static void test_items(void **state)
{
	const struct place *place = *state;

	source_text(place->root, "/srv/www/index.html", 0640, "theirs\n");
	source_text(place->root, "/srv/www/sub/page.html", 04755, "page\n");
	source_link(place->root, "/srv/www/null", "/dev/null");
	source_link(place->root, "/srv/www/gone", "nowhere");
	gathers(state, "items",
		"user www uid=7 gid=8 home=/srv\n"
		"group staff gid=9 members=www\n"
		"hostname web\n"
		"file /srv/www/index.html 0600 www:staff <<X\nours\nX\n"
		"copy /srv/**\n"
		"copy /usr/bin/sh => /rescue/sh\n"
		"copy /srv/www/*.html => /copies\n"
		"link /var/www ../srv/www\n"
		"link /sbin usr/bin\n"
		"dir /var/log/web 0750 www:staff\n"
		"device null ; device /dev/thing c 10 5 0640 www:staff\n"
		"writable /tmp 1M 1777 ; overlay /var 1M\n"
		"proc ; workdir /srv/www\n"
		"run /sbin/dash\n");
}

static void test_names(void **state)
{
	const struct place *place = *state;
	const struct elf_recipe server = { .interpreter = LOADER,
					   .needed = { "libc.so.6" },
					   .imports = { "getpwnam" } };
	const struct elf_recipe service = { .soname = "libnss_ldap.so.2",
					    .needed = { "libc.so.6" } };

	source_elf(place->root, "/usr/bin/server", &server);
	source_elf(place->root, LIB "/libnss_ldap.so.2", &service);
	gathers(state, "names",
		"file /etc/nsswitch.conf <<X\n"
		"passwd: files [NOTFOUND=continue success=return] ldap\n"
		"hosts: dns files # and no more\n"
		"X\n"
		"run /usr/bin/server\n");
	fails(state,
	      "file /etc/nsswitch.conf <<X\n"
	      "passwd: files nothere\n"
	      "X\n"
	      "run /usr/bin/server\n",
	      "dir/x.recipe:5:", "libnss_nothere.so.2", "fetch PACKAGE");
}

static void test_missing_library(void **state)
{
	const struct place *place = *state;

	source_program(place->root, "/usr/bin/broken", "libmissing.so.3");
	fails(state, "\ncopy /usr/bin/b* /usr/bin/dash\nrun /bin/sh\n",
	      "dir/x.recipe:3:",
	      "/usr/bin/broken needs libmissing.so.3 for x86-64, which is not "
	      "in ",
	      "the package that holds libmissing.so.3");
	fails(state, "run /bin/broken\n", "dir/x.recipe:2:",
	      "(sought in /usr/local/lib, " LIB ", /lib/x86_64-linux-gnu, " LIB
	      ", /lib, /usr/lib)",
	      NULL);
}

/* What a script takes in is missing: it is the script's affair if it is the
 * recipe's. */
static void test_missing_modules(void **state)
{
	const struct place *place = *state;
	const char *recipe = "copy /usr/bin/serve\nrun /bin/serve\n";

	source_python(place->root);
	source_text(place->root, "/usr/bin/serve", 0755,
		    "#!/usr/bin/env python3\n\nimport os, nothing.at_all\n");
	fails(state, recipe, "dir/x.recipe:2:",
	      "/usr/bin/serve needs the module nothing.at_all (line 3)",
	      "fetch PACKAGE");
	source_text(place->root, "/usr/bin/serve", 0755,
		    "#!/usr/bin/env python3\ntry:\n import nothing\n"
		    "except ImportError:\n pass\n");
	succeeds(state, recipe, "");
	source_text(place->root, "/usr/bin/serve", 0755,
		    "#!/usr/bin/env python3\n__import__(name)\n");
	succeeds(state, recipe, "/usr/bin/serve:2 imports a module whose name");
	succeeds(state, "closure without python\nrun /bin/serve\n", "");
}

/* What the source's own nsswitch.conf names is there or is not. */
static void test_names_of_source(void **state)
{
	const struct place *place = *state;
	const struct elf_recipe server = { .interpreter = LOADER,
					   .needed = { "libc.so.6" },
					   .imports = { "getpwnam" } };

	source_elf(place->root, "/usr/bin/server", &server);
	source_text(place->root, "/etc/nsswitch.conf", 0644,
		    "passwd: files nothere\ngroup: files elsewhere\n");
	succeeds(state, "copy /etc/nsswitch.conf\nrun /usr/bin/server\n",
		 "names the service nothere");
	succeeds(state, "run /usr/bin/server\n", "");
}

static void test_missing_interpreters(void **state)
{
	const struct place *place = *state;
	const struct elf_recipe program = { .interpreter = "/lib/ld-none.so" };

	source_elf(place->root, "/usr/bin/odd", &program);
	source_text(place->root, "/usr/bin/perlish", 0755, "#!/bin/perl\n");
	source_text(place->root, "/usr/bin/rubyish", 0755,
		    "#!/usr/bin/env ruby\n");
	fails(state, "run /bin/odd\n", "dir/x.recipe:2:",
	      "/usr/bin/odd needs the interpreter /lib/ld-none.so", "fetch");
	fails(state, "run /bin/perlish\n", "dir/x.recipe:2:",
	      "/usr/bin/perlish needs the interpreter /bin/perl", "fetch");
	fails(state, "env PATH=/bin\nrun /bin/rubyish\n",
	      "dir/x.recipe:3:", "/usr/bin/rubyish needs the program ruby",
	      "fetch");
}

static void test_missing_program(void **state)
{
	fails(state, "run /usr/bin/nothing -x\n", "dir/x.recipe:2:1:",
	      "/usr/bin/nothing is neither in the tree nor in ",
	      "fetch PACKAGE");
	fails(state, "run /etc/ld.so.conf\n",
	      "dir/x.recipe:2:1:", "may not be executed", NULL);
	fails(state, "run /usr/bin\n", "dir/x.recipe:2:1:", "is no program",
	      NULL);
}

static void test_missing_copies(void **state)
{
	fails(state, "copy /etc/none\nrun /bin/sh\n",
	      "dir/x.recipe:2:1:", "there is no /etc/none in ", "package NAME");
	fails(state, "copy /etc/*.none\nrun /bin/sh\n",
	      "dir/x.recipe:2:1:", "nothing matches /etc/*.none in ", NULL);
	fails(state, "package none\nrun /bin/sh\n",
	      "dir/x.recipe:2:1:", "there is no package none in ", NULL);
}

static void test_unknown_owners(void **state)
{
	fails(state, "dir /x 0755 root:adm\nrun /bin/sh\n",
	      "dir/x.recipe:2:1:", "no group adm", "add: group adm");
	fails(state, "file /x me:root <<X\nX\nrun /bin/sh\n",
	      "dir/x.recipe:2:1:", "no user me", "add: user me");
	fails(state, "writable /x 1M me:root\nrun /bin/sh\n",
	      "dir/x.recipe:2:1:", "no user me", "add: user me");
	fails(state, "user stranger\nrun /bin/sh\n",
	      "dir/x.recipe:2:", "nobody knows the number",
	      "user stranger uid=NUMBER");
}

/* The prefix is the one that stands in the program. */
static void test_nginx(void **state)
{
	const struct place *place = *state;
	const struct elf_recipe server = {
		.interpreter = LOADER,
		.needed = { "libc.so.6" },
		.exports = { " --with-x --prefix=/usr/share/nginx --with-y" },
	};
	const struct elf_recipe module = { .needed = { "libthreads.so.1" } };
	const char *recipe = "copy /etc/nginx\nrun /usr/sbin/nginx\n";

	source_elf(place->root, "/usr/sbin/nginx", &server);
	source_elf(place->root, "/usr/lib/nginx/modules/a.so", &module);
	source_elf(place->root, "/usr/lib/nginx/modules/b.so", &module);
	source_link(place->root, "/usr/share/nginx/modules",
		    "../../lib/nginx/modules");
	source_text(place->root, "/etc/nginx/on/a.conf", 0644,
		    "# load_module modules/none.so;\n"
		    "load_module\n\t'modules/a.so'; # the one\n");
	source_text(place->root, "/etc/nginx/types", 0644,
		    "types { text/x include; a/b load_module; }\n");
	source_text(place->root, "/etc/nginx/nginx.conf", 0644,
		    "include on/*.conf; include none/*;\n"
		    "http {\n\tinclude types;\n"
		    "\tlog_format x '\"load_module c.so;' \"#\";\n}\n");
	gathers(state, "nginx", recipe);
	source_text(place->root, "/etc/nginx/on/b.conf", 0644,
		    "\nload_module modules/none.so;\n");
	fails(state, recipe, "dir/x.recipe:2:",
	      "/etc/nginx/on/b.conf needs /usr/share/nginx/modules/none.so "
	      "(line 2: load_module)",
	      "fetch");
	/* Whichever of the services it is. */
	fails(state,
	      "copy /etc/nginx\nservice a /usr/sbin/apache2\n"
	      "service b /usr/sbin/nginx\n",
	      "dir/x.recipe:2:",
	      "/etc/nginx/on/b.conf needs /usr/share/nginx/modules/none.so "
	      "(line 2: load_module)",
	      "fetch");
	source_text(place->root, "/etc/nginx/on/b.conf", 0644,
		    "include none;\n");
	fails(state, recipe, "dir/x.recipe:2:",
	      "/etc/nginx/on/b.conf needs /etc/nginx/none (line 1: include)",
	      "copy");
}

static void test_missing_in_apache(void **state)
{
	fails(state,
	      "file /etc/httpd.conf <<X\n"
	      "LoadModule x_module modules/mod_x.so\n"
	      "X\n"
	      "run /usr/sbin/apache2\n",
	      "dir/x.recipe:2:",
	      "/etc/httpd.conf needs /etc/modules/mod_x.so (line 1: "
	      "LoadModule)",
	      "fetch");
	fails(state,
	      "file /etc/httpd.conf <<X\n"
	      "Include *.load\n"
	      "X\n"
	      "file /etc/x.load <<X\n"
	      "LoadModule x_module modules/mod_x.so\n"
	      "X\n"
	      "run /usr/sbin/apache2\n",
	      "dir/x.recipe:5:", "/etc/x.load needs /etc/modules/mod_x.so",
	      "fetch");
	fails(state,
	      "copy /etc/apache2/apache2.conf\n"
	      "run /usr/sbin/apache2\n",
	      "dir/x.recipe:2:", "/ports.conf (line 7: Include)", "copy it");
}

static void test_in_the_way(void **state)
{
	fails(state, "copy /opt/app\nfile /opt/app <<X\nX\nrun /bin/sh\n",
	      "dir/x.recipe:3:1:", "as a directory", NULL);
	fails(state, "file /opt <<X\nX\ncopy /opt/app/**\nrun /bin/sh\n",
	      "dir/x.recipe:4:1:", "/opt", NULL);
	fails(state, "link /a b ; link /b a ; dir /a/c\nrun /bin/sh\n",
	      "dir/x.recipe:2:25:", "/a: Too many levels of symbolic links",
	      NULL);
	fails(state, "link /l nowhere ; overlay /l 1M\nrun /bin/sh\n",
	      "dir/x.recipe:2:19:", "/l is a symbolic link", NULL);
}

/* The contract's share: paths as they are, owners as numbers. */
static void test_contract(void **state)
{
	CLEANUP_BUF struct buf warnings = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct gathered gathered;
	const struct config *config = &gathered.config;

	if (gather_text(*state,
			"user www uid=7 gid=8\n"
			"link /var/run ../run ; dir /run\n"
			"writable /var/run/web 64k 0700 www:www\n"
			"device null ; device /dev/thing c 10 5 0640 www:root\n"
			"run /bin/sh\n",
			&gathered, &warnings, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_int_equal(config->layer_count, 1);
	assert_string_equal(config->layers[0].path, "/run/web");
	assert_int_equal(config->layers[0].bytes, 64 << 10);
	assert_int_not_equal(config->layers[0].inodes, 0);
	assert_int_equal(config->layers[0].mode, 0700);
	assert_int_equal(config->layers[0].uid, 7);
	assert_int_equal(config->layers[0].gid, 8);
	assert_int_equal(config->device_count, 2);
	assert_string_equal(config->devices[0].path, "/dev/null");
	assert_int_equal(config->devices[0].mode, S_IFCHR | 0666);
	assert_int_equal(config->devices[1].major, 10);
	assert_int_equal(config->devices[1].minor, 5);
	assert_int_equal(config->devices[1].uid, 7);
	assert_string_equal(config->workdir, "/");
	gathered_done(&gathered);
}

/* A certificate store that no package holds. */
static void test_certificates(void **state)
{
	const struct place *place = *state;
	CLEANUP_BUF struct buf warnings = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct gathered gathered;
	const struct node *bundle;

	source_text(place->root, "/usr/share/ca-certificates/x/b.crt", 0644,
		    "B");
	source_text(place->root, "/usr/share/ca-certificates/x/a.crt", 0644,
		    "A\n");
	if (gather_text(*state,
			"copy /etc/ssl/certs/ca-certificates.crt\n"
			"run /bin/sh\n",
			&gathered, &warnings, &diag) < 0)
		fail_msg("%s", diag.text);
	bundle = tree_find(gathered.tree, "/etc/ssl/certs/ca-certificates.crt");
	assert_non_null(bundle);
	assert_int_equal(bundle->size, 4);
	assert_memory_equal(bundle->data, "A\nB\n", 4);
	gathered_done(&gathered);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_program),	    TEST(test_script),
		TEST(test_apache),	    TEST(test_nginx),
		TEST(test_items),	    TEST(test_names),
		TEST(test_missing_library), TEST(test_missing_interpreters),
		TEST(test_missing_modules), TEST(test_names_of_source),
		TEST(test_missing_program), TEST(test_missing_copies),
		TEST(test_unknown_owners),  TEST(test_missing_in_apache),
		TEST(test_in_the_way),	    TEST(test_contract),
		TEST(test_certificates),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
