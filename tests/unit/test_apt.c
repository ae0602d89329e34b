/* links: pack/apt.o pack/apt_settings.o pack/apt_packages.o pack/apt_host.o
 * pack/apt_sources.o pack/string_list.o pack/replace_file.o
 * pack/subprocess.o pack/remove_tree.o pack/apt_prepare.o */
#include "pack/apt.h"
#include "pack/apt_settings.h"
#include "pack/apt_sources.h"
#include "pack/remove_tree.h"
#include "pack/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void check_choice(const char *text, bool deb822, const char *suite,
			 const char *instead_of, const char *wanted)
{
	const struct apt_suite_choice choice = { suite, instead_of };
	CLEANUP_BUF struct buf chosen = BUF_INIT;
	size_t count = 0;

	assert_int_equal(
		apt_sources_choose(text, deb822, &choice, &chosen, &count), 0);
	assert_string_equal(chosen.data ? chosen.data : "", wanted);
	assert_int_equal(count > 0, *wanted != '\0');
}

static const char lines[] =
	"# deb https://mirror.test/debian bookworm main\n"
	"deb https://mirror.test/debian bookworm main contrib # comment\n"
	"deb-src https://mirror.test/debian bookworm main\n"
	"deb  [ signed-by=/k.gpg  arch=amd64 ]\thttps://mirror.test/debian "
	"bookworm-updates main\n"
	"deb https://mirror.test/security bookworm-security main\n"
	"deb https://other.test/ bookworm-tools main\n"
	"deb https://other.test/debian bookworm stable\n"
	"deb https://flat.test/ ./\n"
	"deb [ broken\n"
	"deb\n"
	"rubbish\n"
	"deb https://mirror.test/old buster/updates main";

static void test_lines(void **state)
{
	(void)state;
	check_choice(lines, false, "bookworm", NULL,
		     "deb https://mirror.test/debian bookworm main contrib \n"
		     "deb [ signed-by=/k.gpg  arch=amd64 ] "
		     "https://mirror.test/debian bookworm-updates main\n"
		     "deb https://mirror.test/security bookworm-security main\n"
		     "deb https://other.test/debian bookworm stable\n");
	/* Another release is asked only of what looks like the archive. */
	check_choice(lines, false, "trixie", "bookworm",
		     "deb https://mirror.test/debian trixie main contrib \n"
		     "deb [ signed-by=/k.gpg  arch=amd64 ] "
		     "https://mirror.test/debian trixie-updates main\n"
		     "deb https://mirror.test/security trixie-security main\n");
	check_choice(lines, false, "sid", "bookworm",
		     "deb https://mirror.test/debian sid main contrib \n");
	check_choice(lines, false, "buster", NULL,
		     "deb https://mirror.test/old buster/updates main\n");
	check_choice(lines, false, "trixie", "buster",
		     "deb https://mirror.test/old trixie-security main\n");
	check_choice(lines, false, "trixie", NULL, "");
	check_choice("", false, "trixie", NULL, "");
	assert_int_equal(apt_sources_count(lines, false), 7);
}

static const char stanzas[] = "# Types: deb\n"
			      "Types: deb deb-src\n"
			      "URIs: https://mirror.test/debian\n"
			      "Suites: bookworm bookworm-updates\n"
			      "  bookworm-backports\n"
			      "# in between\n"
			      "Components: main contrib\n"
			      "Signed-By:\n"
			      " -----BEGIN-----\n"
			      "# a comment\n"
			      " .\n"
			      " abc\n"
			      "\n"
			      "\n"
			      "types: deb\n"
			      "uris: https://mirror.test/security\n"
			      "suites: bookworm-security\n"
			      "components: main\n"
			      "enabled: yes\n"
			      " \n"
			      "Types: deb\n"
			      "URIs: https://off.test/\n"
			      "Suites: bookworm\n"
			      "Components: main\n"
			      "Enabled: no\n"
			      "\n"
			      "Types: deb-src\n"
			      "URIs: https://src.test/\n"
			      "Suites: bookworm\n"
			      "Components: main";

static void test_stanzas(void **state)
{
	(void)state;
	check_choice(stanzas, true, "bookworm", NULL,
		     "Types: deb\n"
		     "Suites: bookworm bookworm-updates\n"
		     "URIs: https://mirror.test/debian\n"
		     "Components: main contrib\n"
		     "Signed-By:\n"
		     " -----BEGIN-----\n"
		     " .\n"
		     " abc\n"
		     "\n"
		     "Types: deb\n"
		     "Suites: bookworm-security\n"
		     "uris: https://mirror.test/security\n"
		     "components: main\n"
		     "\n");
	check_choice(stanzas, true, "forky", "bookworm",
		     "Types: deb\n"
		     "Suites: forky forky-updates\n"
		     "URIs: https://mirror.test/debian\n"
		     "Components: main contrib\n"
		     "Signed-By:\n"
		     " -----BEGIN-----\n"
		     " .\n"
		     " abc\n"
		     "\n"
		     "Types: deb\n"
		     "Suites: forky-security\n"
		     "uris: https://mirror.test/security\n"
		     "components: main\n"
		     "\n");
	check_choice(stanzas, true, "worm", NULL, "");
	check_choice("\n\n", true, "bookworm", NULL, "");
	assert_int_equal(apt_sources_count(stanzas, true), 2);
}

static void test_names(void **state)
{
	static const char *const good[] = {
		"apache2",	"g++",
		"libstdc++6",	"0ad",
		"libc6:amd64",	"apache2=2.4.62-1~deb12u1",
		"bind9=1:9.18", "libc6:i386=2.36-9+b1",
	};
	static const char *const bad[] = {
		"",	   "a",	       "-y",	   "--help", "apache2-",
		"a b",	   "A2",       "lib*",	   "foo[1]", "foo^",
		"foo/sid", "foo=",     "foo=-1",   "foo:",   "foo:-",
		"?all",	   "foo=1 -y", "foo\nbar", "../x",   "foo=1=2",
	};
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(apt_check_name(good[i], &diag), 0);
	assert_null(diag.text);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(apt_check_name(bad[i], &diag), -EINVAL);

	assert_int_equal(apt_check_suite("bookworm", NULL), 0);
	assert_int_equal(apt_check_suite("buster/updates", NULL), 0);
	assert_int_equal(apt_check_suite("", NULL), -EINVAL);
	assert_int_equal(apt_check_suite("../x", NULL), -EINVAL);
	assert_int_equal(apt_check_suite("a/../../x", NULL), -EINVAL);
	assert_int_equal(apt_check_suite("sid main\ndeb x", NULL), -EINVAL);
	assert_int_equal(apt_check_suite("-o", NULL), -EINVAL);
}

#define DIGEST                                                                 \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void test_uris(void **state)
{
	static const char text[] =
		"Note, selecting 'b' instead of 'a'\n"
		"'https://m.test/pool/z_1%2bb1_amd64.deb' "
		"z_1%3a1+b1_amd64.deb 37596 SHA256:" DIGEST "\n"
		"'file:///srv/my%20debs/a_1_all.deb' a_1_all.deb 7 "
		"SHA256:" DIGEST "\n";
	static const char *const bad[] = {
		"'https://m.test/a_1_all.deb' a_1_all.deb 7 MD5Sum:00\n",
		"'https://m.test/a_1_all.deb' a_1_all.deb 7 \n",
		"'https://m.test/a_1_all.deb' a_1_all.deb 7 SHA256:0\n",
		"'https://m.test/a_1_all.deb' a_1_all.deb x SHA256:" DIGEST,
		"'https://m.test/a_1_all.deb' ../a_1_all.deb 7 SHA256:" DIGEST,
		"'https://m.test/a_1_all.deb' a_1.deb 7 SHA256:" DIGEST,
		"'https://m.test/a_1_all.deb' a_1_all.rpm 7 SHA256:" DIGEST,
		"'https://m.test/a_1_all.deb a_1_all.deb 7 SHA256:" DIGEST,
		"'\n",
	};
	CLEANUP_APT_PACKAGES struct apt_packages packages = { 0 };

	(void)state;
	assert_int_equal(apt_packages_parse(text, "/cache", &packages, NULL),
			 0);
	assert_int_equal(packages.count, 2);
	assert_string_equal(packages.items[0].name, "a");
	assert_string_equal(packages.items[0].path, "/srv/my debs/a_1_all.deb");
	assert_false(packages.items[0].remote);
	assert_string_equal(packages.items[1].name, "z");
	assert_string_equal(packages.items[1].version, "1:1+b1");
	assert_string_equal(packages.items[1].architecture, "amd64");
	assert_string_equal(packages.items[1].path,
			    "/cache/z_1%3a1+b1_amd64.deb");
	assert_true(packages.items[1].remote);
	assert_int_equal(packages.items[1].size, 37596);
	assert_int_equal(packages.items[1].sha256[31], 0x1f);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct apt_packages none;

		assert_int_equal(
			apt_packages_parse(bad[i], "/cache", &none, NULL),
			-EBADMSG);
	}
}

static void test_settings(void **state)
{
	struct apt apt = { .suite = NULL, .directory = "/d", .archives = "/a" };
	CLEANUP_BUF struct buf text = BUF_INIT;

	(void)state;
	apt_settings(&apt, true, &text);
	assert_non_null(strstr(text.data, "#clear APT::Update;"));
	assert_non_null(strstr(text.data, "Dir::State::status \"/d/status\";"));
	assert_null(strstr(text.data, "APT::Sandbox::User"));
	assert_null(strstr(text.data, "Dir::Etc"));
	buf_reset(&text);
	apt.suite = "sid";
	apt_settings(&apt, false, &text);
	assert_non_null(strstr(text.data, "APT::Sandbox::User \"\";"));
	assert_non_null(
		strstr(text.data, "Dir::Etc::sourceparts \"/d/sources.d/\";"));
}

static void take_line(void *context, const char *line)
{
	buf_printf(context, "<%s>", line);
}

static void test_subprocess(void **state)
{
	static const char *const arguments[] = {
		"sh", "-c",
		"cat; echo out; echo err >&2; echo one >&3; echo two >&3; "
		"exit 7",
		NULL
	};
	static const char *const killed[] = { "sh", "-c", "kill -TERM $$",
					      NULL };
	static const char *const none[] = { "no-such-program", NULL };
	CLEANUP_BUF struct buf output = BUF_INIT;
	CLEANUP_BUF struct buf errors = BUF_INIT;
	CLEANUP_BUF struct buf status_lines = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct subprocess subprocess = {
		.arguments = arguments,
		.inherit = -1,
		.output = &output,
		.errors = &errors,
		.status_line = take_line,
		.context = &status_lines,
	};
	int status;

	(void)state;
	assert_int_equal(subprocess_run(&subprocess, &status, NULL), 0);
	assert_int_equal(status, 7);
	assert_string_equal(output.data, "out\n");
	assert_string_equal(errors.data, "err\n");
	assert_string_equal(status_lines.data, "<one><two>");

	subprocess.arguments = killed;
	subprocess.status_line = NULL;
	assert_int_equal(subprocess_run(&subprocess, &status, NULL), 0);
	assert_int_equal(status, 128 + SIGTERM);

	subprocess.arguments = none;
	assert_int_equal(subprocess_run(&subprocess, &status, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, "no-such-program"));
}

/* An apt-config that prints this. */
static int ask(const char *directory, const char *text, struct apt_host *host)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	FILE *script;
	int r;

	assert_true(asprintf(&path, "%s/apt-config", directory) > 0);
	script = fopen(path, "w");
	assert_non_null(script);
	(void)fprintf(script, "#!/bin/sh\n/bin/cat <<'END'\n%s\nEND\n", text);
	assert_int_equal(fclose(script), 0);
	assert_int_equal(chmod(path, 0755), 0);
	r = apt_host_ask(host, &diag);
	assert_int_equal(diag.error, r);
	return r;
}

static void test_host(void **state)
{
	char directory[] = "/tmp/jail-apt.XXXXXX";
	CLEANUP_FREE char *path = strdup(getenv("PATH"));
	CLEANUP_APT_HOST struct apt_host host = { 0 };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(setenv("PATH", directory, 1), 0);
	assert_int_equal(apt_host_ask(&host, &diag), -ENOENT);
	assert_int_equal(ask(directory, "", &host), -EBADMSG);
	assert_int_equal(
		ask(directory, "P0='/a'\nP9='/x'\nP\nP1=\nP1='", &host),
		-EBADMSG);
	assert_int_equal(ask(directory,
			     "P0='/a'\nP1='/it'\\''s'\nrubbish\nP2='/c'\n"
			     "P3='/d/'\nP4=''\nP5='/f'",
			     &host),
			 0);
	assert_string_equal(host.places[APT_MAIN], "/a");
	assert_string_equal(host.places[APT_PARTS], "/it's");
	assert_string_equal(host.places[APT_PREFERENCES], "");
	assert_string_equal(host.places[APT_PREFERENCE_PARTS], "/f");
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(remove_tree(AT_FDCWD, directory), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_stanzas),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_uris),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_subprocess),
		cmocka_unit_test(test_host),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("apt", tests, NULL, NULL);
}
