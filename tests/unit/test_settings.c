/*
 * Texts that name what a program loads: nsswitch.h, gconv_modules.h,
 * environment_names.h, named_lines.h, ini.h, openssl_config.h, pam_stack.h,
 * program_text.h.
 */
/* links: pack/nsswitch.o pack/gconv_modules.o pack/environment_names.o
 * pack/named_lines.o pack/ini.o pack/openssl_config.o pack/pam_stack.o
 * pack/program_text.o pack/format.o */
#include "lib/buf.h"
#include "pack/environment_names.h"
#include "pack/gconv_modules.h"
#include "pack/ini.h"
#include "pack/named_lines.h"
#include "pack/nsswitch.h"
#include "pack/openssl_config.h"
#include "pack/pam_stack.h"
#include "pack/program_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The strings, in a row; they are released. */
static void are(char **strings, const char *wanted)
{
	CLEANUP_BUF struct buf buf = BUF_INIT;

	buf_puts(&buf, "");
	for (size_t i = 0; strings && strings[i]; i++)
		buf_printf(&buf, "%s%s", i ? " " : "", strings[i]);
	strv_free(strings);
	assert_string_equal(buf.data, wanted);
}

static void services(const char *text, const char *database, const char *wanted)
{
	char **list = NULL;

	assert_int_equal(nsswitch_services(text, database, &list), 0);
	are(list, wanted);
}

static void test_nsswitch(void **state UNUSED)
{
	const char *text = "# passwd: nis\n"
			   " passwd:\tfiles [NOTFOUND=continue "
			   "success=return] ldap files\n"
			   "hosts: dns[x] mdns4 # wins\n"
			   "group:\n"
			   "shadow : ../evil sss\n"
			   "services:db";

	services(text, "passwd", "files ldap");
	services(text, "hosts", "dns[x] mdns4");
	services(text, "group", "");
	services(text, "shadow", "sss");
	services(text, "services", "db");
	services(text, "pass", "files");
	services(NULL, "hosts", "files dns");
	services("", "passwd", "files");
}

static void files(const char *charset, const char *wanted)
{
	static const char text[] = "alias\tLATIN1//\tISO-8859-1//\n"
				   "alias L1// LATIN1//\n"
				   "module ISO-8859-1// INTERNAL ISO8859-1 1\n"
				   "module INTERNAL ISO-8859-1// ISO8859-1 1\n"
				   "#module UTF-7// INTERNAL UTF-7 1\n"
				   "module UTF-16LE// INTERNAL UTF-16 1\n"
				   "module ODD// INTERNAL ../odd 1\n"
				   "alias LOOP// LOOP//\n"
				   "module SHORT// INTERNAL";
	char **list = NULL;

	assert_int_equal(gconv_modules_find(text, charset, &list), 0);
	are(list, wanted);
}

static void test_gconv(void **state UNUSED)
{
	files("ISO-8859-1", "ISO8859-1");
	files("iso-8859-1//", "ISO8859-1");
	files("l1", "ISO8859-1");
	files("utf-16le", "UTF-16");
	files("UTF-7", "");
	files("ODD", "");
	files("LOOP", "");
	files("SHORT", "");
}

static void locale(const char *value, const char *name, const char *charset)
{
	CLEANUP_FREE char *found = NULL;
	CLEANUP_FREE char *set = NULL;

	assert_int_equal(environment_locale(value, &found), name != NULL);
	assert_int_equal(environment_charset(value, &set), charset != NULL);
	if (name)
		assert_string_equal(found, name);
	if (charset)
		assert_string_equal(set, charset);
}

static void zone(const char *value, const char *path)
{
	CLEANUP_FREE char *found = NULL;

	assert_int_equal(environment_time_zone(value, &found), path != NULL);
	if (path)
		assert_string_equal(found, path);
}

static void test_environment(void **state UNUSED)
{
	locale("C.UTF-8", "C.utf8", "UTF-8");
	locale("de_DE.ISO-8859-15@euro", "de_DE.iso885915@euro", "ISO-8859-15");
	locale("ja_JP.8859-1", "ja_JP.iso88591", "8859-1");
	locale("fr_FR", "fr_FR", NULL);
	locale("C", NULL, NULL);
	locale("POSIX", NULL, NULL);
	locale("", NULL, NULL);
	locale("../../etc", NULL, NULL);
	locale("..", NULL, NULL);
	zone("Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin");
	zone(":UTC", "/usr/share/zoneinfo/UTC");
	zone("Etc/GMT+1", "/usr/share/zoneinfo/Etc/GMT+1");
	zone("/etc/zone", "/etc/zone");
	zone("CET-1CEST", NULL);
	zone("<+03>-3", NULL);
	zone("", NULL);
	assert_true(environment_is_terminal("xterm-256color"));
	assert_false(environment_is_terminal("../x"));
	assert_false(environment_is_terminal(""));
}

static void lines(const char *text, const char *forms, const char *wanted)
{
	CLEANUP_NAMED struct named_lines found = NAMED_LINES_INIT;
	CLEANUP_BUF struct buf buf = BUF_INIT;

	assert_int_equal(named_lines_parse(text, forms, &found, NULL), 0);
	buf_puts(&buf, "");
	for (size_t i = 0; i < found.count; i++)
		buf_printf(&buf, "%u:%s\n", found.lines[i].number,
			   found.lines[i].path);
	assert_string_equal(buf.data, wanted);
}

static void test_lines(void **state UNUSED)
{
	lines("# loadmodule /a.so\nport 1\nLoadModule /usr/lib/b.so x\n"
	      "loadmodule relative.so\nloadmodule\nloadmodules /c.so",
	      "loadmodule % => %", "3:/usr/lib/b.so\n");
	lines("module(load=\"imuxsock\" x=\"y\")\n$ModLoad imtcp # z\n"
	      "module(load=\n  \"in2\")\n$ModLoad /own/x.so",
	      "module load % => /r/%.so; $ModLoad % => /r/%.so",
	      "1:/r/imuxsock.so\n2:/r/imtcp.so\n3:/r/in2.so\n5:/own/x.so\n");
	lines("server.modules += (\n\t\"mod_a\",\n\t\"mod_b\"\n)\n"
	      "server.port = 80",
	      "server.modules %... => /l/%.so",
	      "1:/l/mod_a.so\n"
	      "1:/l/mod_b.so\n");
	lines("LoadModule mod_x.c\nLoadModule mod_x.h\nLoadModule .c",
	      "LoadModule %.c => /p/%.so", "1:/p/mod_x.so\n");
	lines("x { database \"dlopen /a/b.so arg\"; }\nplugin query \"c.so\";",
	      "database dlopen % => /b/%; plugin query % => /b/%",
	      "1:/a/b.so\n2:/b/c.so\n");
	lines("ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/ftpd -l\n"
	      "time stream tcp nowait root internal\n",
	      "* * * * * % => %; * * * * * */tcpd % => %",
	      "1:/usr/sbin/tcpd\n1:/usr/sbin/ftpd\n");
	lines("a ../../x", "a % => /d/%", "1:/x\n");
	lines("a b", "no form; => /x;", "");
	lines("(((", "a % => %", "");
}

static void test_ini(void **state UNUSED)
{
	CLEANUP_INI struct ini ini = INI_INIT;

	assert_int_equal(ini_parse("a = 1\n[ s ]\n;x = y\n# x = y\n"
				   "b= two words # c\nb2 = a#b\n"
				   "c = \"quoted ; #\" more\nd = e\\\nf\n"
				   "[t]\na = 2\r\na = 3\n.include /x y\n"
				   ".include = /z\nword\n= \n",
				   &ini, NULL),
			 0);
	assert_string_equal(ini_value(&ini, "", "a"), "1");
	assert_string_equal(ini_value(&ini, "s", "b"), "two words");
	assert_string_equal(ini_value(&ini, "s", "b2"), "a#b");
	assert_string_equal(ini_value(&ini, "s", "c"), "quoted ; #");
	assert_string_equal(ini_value(&ini, "s", "d"), "ef");
	assert_string_equal(ini_value(&ini, "t", "a"), "3");
	assert_string_equal(ini_value(&ini, "t", ".include"), "/z");
	assert_null(ini_value(&ini, "s", "x"));
	assert_null(ini_value(&ini, "t", "word"));
	assert_int_equal(ini.entries[ini.count - 2].number, 14);
}

static void modules(const char *text, const char *wanted)
{
	CLEANUP_OPENSSL struct openssl_modules found = OPENSSL_MODULES_INIT;
	CLEANUP_INI struct ini ini = INI_INIT;
	CLEANUP_BUF struct buf buf = BUF_INIT;

	assert_int_equal(ini_parse(text, &ini, NULL), 0);
	assert_int_equal(openssl_modules_find(&ini, &found, NULL), 0);
	buf_puts(&buf, "");
	for (size_t i = 0; i < found.count; i++)
		buf_printf(&buf, "%s %s\n",
			   found.modules[i].engine ? "engine" : "provider",
			   found.modules[i].name);
	assert_string_equal(buf.data, wanted);
}

static void test_openssl(void **state UNUSED)
{
	modules("openssl_conf = init\n[init]\nproviders = p\nengines = e\n"
		"[p]\ndefault = d\nlegacy = l\nown = o\noff = f\nno = n\n"
		"[d]\nactivate = 1\n[l]\nactivate = 1\n"
		"[o]\nactivate = yes\nmodule = /opt/own.so\n[f]\nx = y\n"
		"[n]\nactivate = 0\n"
		"[e]\nx = ex\n[ex]\nengine_id = pkcs11\ndynamic_path = "
		"p11.so\n",
		"provider legacy\nprovider /opt/own.so\nengine p11\n");
	modules("[p]\nlegacy = l\n[l]\nactivate = 1\n", "");
	modules("[default]\nopenssl_conf = i\n[i]\nengines = e\n"
		"[e]\ngost = g\n[g]\nengine_id = gost\n",
		"engine gost\n");
}

static void test_pam(void **state UNUSED)
{
	CLEANUP_PAM struct pam_stack stack = PAM_STACK_INIT;
	const struct pam_line *line;

	assert_int_equal(
		pam_stack_parse("#auth required no.so\n"
				"auth [success=1 default=ignore] pam_unix.so "
				"nullok [a b\\]]\n"
				"-Session optional pam_systemd.so\n"
				"@include common-auth\n"
				"account include other # x\n"
				"password \\\nsubstack /etc/pam.d/x\n"
				"nonsense required x.so\nauth required\nauth",
				&stack, NULL),
		0);
	assert_int_equal(stack.count, 5);
	line = stack.lines;
	assert_string_equal(line->name, "pam_unix.so");
	assert_false(line->is_stack || line->optional);
	assert_int_equal(line->number, 2);
	assert_string_equal(line->arguments[0], "nullok");
	assert_string_equal(line->arguments[1], "a b]");
	assert_null(line->arguments[2]);
	line = &stack.lines[1];
	assert_string_equal(line->name, "pam_systemd.so");
	assert_true(line->optional && !line->is_stack);
	for (size_t i = 2; i < 5; i++)
		assert_true(stack.lines[i].is_stack);
	assert_string_equal(stack.lines[2].name, "common-auth");
	assert_string_equal(stack.lines[3].name, "other");
	assert_string_equal(stack.lines[4].name, "/etc/pam.d/x");
}

static void test_program(void **state UNUSED)
{
	static const char bytes[] = "x\0DIR: \"/usr/ssl\"\0/etc/perl\0"
				    "a/usr/perl\0/usr/share/perl/5\0/etc/perl\0"
				    "/not\nperl\0/open/perl";
	const size_t length = sizeof(bytes) - 1;
	char **paths = NULL;
	const char *text;

	assert_int_equal(
		program_text_behind(bytes, length, "DIR: \"", "\"", &text), 8);
	assert_memory_equal(text, "/usr/ssl", 8);
	assert_int_equal(program_text_behind(bytes, length, "none", "", &text),
			 0);
	assert_int_equal(program_text_behind(bytes, length, "/open", "", &text),
			 5);
	assert_int_equal(program_text_paths(bytes, length, "*perl*", &paths),
			 0);
	are(paths, "/etc/perl /usr/share/perl/5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nsswitch),
		cmocka_unit_test(test_gconv),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_ini),
		cmocka_unit_test(test_openssl),
		cmocka_unit_test(test_pam),
		cmocka_unit_test(test_program),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
