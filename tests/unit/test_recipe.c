/* Recipes, from text to struct: pack/recipe.h. What must be refused is in
 * tests/reject; here is what must be understood, and how. */
/* links: pack/recipe.o pack/recipe_accounts.o pack/recipe_confinement.o
 * pack/recipe_network.o pack/recipe_places.o pack/recipe_restore.o
 * pack/recipe_service.o pack/recipe_program.o pack/recipe_definitions.o
 * pack/recipe_device.o pack/recipe_directives.o pack/recipe_files.o
 * pack/recipe_identity.o pack/recipe_include.o pack/recipe_items.o
 * pack/recipe_layers.o pack/recipe_run.o pack/contract.o
 * pack/contract_copy.o pack/contract_places.o pack/contract_services.o
 * pack/recipe_build.o pack/recipe_rules.o pack/rules.o pack/format.o */
#include "lib/buf.h"
#include "pack/recipe.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define CLEANUP_RECIPE CLEANUP(free_recipe)

static void free_recipe(struct recipe **recipe)
{
	recipe_free(*recipe);
}

static struct recipe *parse_with(const char *text, char *const *definitions)
{
	const struct recipe_options options = { .definitions = definitions };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct recipe *recipe = NULL;

	if (recipe_parse("dir/x.recipe", text, strlen(text), &options, &recipe,
			 &diag) < 0)
		fail_msg("%s: %s", text, diag.text);
	return recipe;
}

static struct recipe *parse(const char *text)
{
	return parse_with(text, NULL);
}

/* `where` and message are in the text, `hint` is the hint (NULL: none). */
static void refuses_with(const char *text, char *const *definitions,
			 const char *wanted, const char *hint)
{
	const struct recipe_options options = { .definitions = definitions };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct recipe *recipe = NULL;

	assert_int_equal(
		recipe_parse("x", text, strlen(text), &options, &recipe, &diag),
		-EINVAL);
	assert_null(recipe);
	if (!strstr(diag.text, wanted))
		fail_msg("'%s' is not in '%s'", wanted, diag.text);
	if (hint && !diag.hint)
		fail_msg("no hint '%s'", hint);
	if (hint)
		assert_string_equal(diag.hint, hint);
}

static void refuses(const char *text, const char *wanted)
{
	refuses_with(text, NULL, wanted, NULL);
}

static const struct recipe_item *item(const struct recipe *recipe, size_t index,
				      enum recipe_item_kind kind)
{
	assert_true(index < recipe->item_count);
	assert_int_equal(recipe->items[index].kind, kind);
	return &recipe->items[index];
}

/* "a b" of NULL-terminated strings. */
static void are(char *const *strings, const char *wanted)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	for (size_t i = 0; strings && strings[i]; i++)
		buf_printf(&text, "%s%s", i > 0 ? " " : "", strings[i]);
	assert_string_equal(text.data ? text.data : "", wanted);
}

static void test_identity(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("name a.b-c_1\nsummary \"A b\"\nversion 1.2~rc1\n"
		      "hostname www.example.org\n");

	assert_string_equal(recipe->path, "dir/x.recipe");
	assert_string_equal(recipe->directory, "dir");
	assert_string_equal(recipe->config.name, "a.b-c_1");
	assert_string_equal(recipe->config.summary, "A b");
	assert_string_equal(recipe->config.version, "1.2~rc1");
	assert_string_equal(recipe->config.hostname, "www.example.org");
}

static void test_empty(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe = parse("");

	assert_null(recipe->config.name);
	assert_int_equal(recipe->item_count, 0);
	assert_int_equal(recipe->run_at.line, 0);
	assert_int_equal(recipe->listen_at.line, 0);
	assert_int_equal(recipe->ready_at.line, 0);
	recipe_free(NULL);
}

static void test_sources(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("source host\nsource debian\nsource debian trixie\n"
		      "source tree ../a\nsource tree /b\n");
	static const struct {
		enum recipe_source_kind kind;
		const char *argument;
	} wanted[] = {
		{ SOURCE_HOST, NULL },	     { SOURCE_DEBIAN, NULL },
		{ SOURCE_DEBIAN, "trixie" }, { SOURCE_TREE, "../a" },
		{ SOURCE_TREE, "/b" },
	};

	assert_int_equal(recipe->source_count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct recipe_source *source = &recipe->sources[i];

		assert_int_equal(source->kind, wanted[i].kind);
		assert_int_equal(source->at.line, i + 1);
		if (wanted[i].argument)
			assert_string_equal(source->argument,
					    wanted[i].argument);
		else
			assert_null(source->argument);
	}
}

static void test_packages_and_copies(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("package apache2 libc6=2.36-9+deb12u1 ; exclude *.h\n"
		      "fetch g++ \\\n  busybox-static\n"
		      "copy /a//b/ /etc/**\n"
		      "copy /a /b => /c ; exclude *.bak /etc/x a/*\n"
		      "copy /=> => /a=>\n");

	are(item(recipe, 0, ITEM_PACKAGE)->names,
	    "apache2 libc6=2.36-9+deb12u1");
	are(recipe->items[0].excludes, "/**/*.h");
	are(item(recipe, 1, ITEM_FETCH)->names, "g++ busybox-static");
	are(item(recipe, 2, ITEM_COPY)->names, "/a/b /etc/**");
	assert_null(recipe->items[2].path);
	assert_null(recipe->items[2].excludes);
	are(item(recipe, 3, ITEM_COPY)->names, "/a /b");
	assert_string_equal(recipe->items[3].path, "/c");
	are(recipe->items[3].excludes, "/**/*.bak /etc/x /**/a/*");
	assert_int_equal(recipe->items[3].at.line, 5);
	assert_string_equal(recipe->items[3].at.text,
			    "copy /a /b => /c ; exclude *.bak /etc/x a/*");
}

/* A quoted "=>" is a word like any other: here not an absolute path. */
static void test_arrow(void **state UNUSED)
{
	refuses("copy /a \"=>\" /b\n", "x:1:9: '=>' is not an absolute path");
	refuses("copy => /b\n", "x:1:6: '=>' stands between");
	refuses("copy /a =>\n", "x:1:9: '=>' stands between");
	refuses("copy /a => /b /c\n", "x:1:9: '=>' stands between");
	refuses("copy /a => /b => /c\n", "x:1:9: '=>' stands between");
}

static void test_tree_items(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("dir /a /b 2750 root:adm\ndir /c\ndir /d 33:0\n"
		      "link /lib usr/lib\n"
		      "file /e 4755 www-data:33 <<EOF\nx${arch}\nEOF\n"
		      "file /f <<EOF\nEOF\n");
	const struct recipe_item *at = item(recipe, 1, ITEM_DIR);

	assert_string_equal(item(recipe, 0, ITEM_DIR)->path, "/a");
	assert_string_equal(at->path, "/b");
	assert_true(at->has_mode);
	assert_int_equal(at->mode, 02750);
	assert_string_equal(at->user, "root");
	assert_string_equal(at->group, "adm");
	at = item(recipe, 2, ITEM_DIR);
	assert_false(at->has_mode);
	assert_null(at->user);
	at = item(recipe, 3, ITEM_DIR);
	assert_string_equal(at->user, "33");
	assert_string_equal(at->group, "0");
	at = item(recipe, 4, ITEM_LINK);
	assert_string_equal(at->path, "/lib");
	assert_string_equal(at->target, "usr/lib");
	at = item(recipe, 5, ITEM_FILE);
	assert_int_equal(at->mode, 04755);
	assert_string_equal(at->user, "www-data");
	assert_int_equal(strncmp(at->content, "x", 1), 0);
	assert_null(strchr(at->content, '$'));
	assert_int_equal(at->content_length, strlen(at->content));
	at = item(recipe, 6, ITEM_FILE);
	assert_int_equal(at->content_length, 0);
	assert_string_equal(at->content, "");
}

static void test_devices(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("device null zero full random urandom\n"
		      "device null stdout stderr log\n"
		      "device /dev/loop7 b 7 300 0640 root:6\n"
		      "device /dev/fuse c 10 229\n");

	assert_int_equal(recipe->item_count, 7);
	assert_string_equal(item(recipe, 0, ITEM_DEVICE)->path, "/dev/null");
	assert_int_equal(recipe->items[0].mode, S_IFCHR | 0666);
	assert_int_equal(recipe->items[0].major, 1);
	assert_int_equal(recipe->items[0].minor, 3);
	assert_int_equal(recipe->items[4].minor, 9);
	assert_string_equal(item(recipe, 5, ITEM_DEVICE)->path, "/dev/loop7");
	assert_int_equal(recipe->items[5].mode, S_IFBLK | 0640);
	assert_int_equal(recipe->items[5].major, 7);
	assert_int_equal(recipe->items[5].minor, 300);
	assert_string_equal(recipe->items[5].group, "6");
	assert_int_equal(recipe->items[6].mode, S_IFCHR | 0600);
	assert_true(recipe->config.log_stdout);
	assert_true(recipe->config.log_stderr);
	assert_true(recipe->config.log_syslog);
}

static void test_accounts(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("user a b\nuser c uid=0 gid=33 home=/h//c shell=/bin/sh\n"
		      "user b uid=7\nuser c\n"
		      "group g h\ngroup i gid=8 members=a,b\ngroup g gid=1\n");

	assert_int_equal(recipe->user_count, 3);
	assert_string_equal(recipe->users[0].name, "a");
	assert_false(recipe->users[0].has_uid);
	assert_null(recipe->users[0].home);
	assert_true(recipe->users[1].has_uid);
	assert_int_equal(recipe->users[1].uid, 7);
	assert_true(recipe->users[2].has_uid);
	assert_int_equal(recipe->users[2].uid, 0);
	assert_int_equal(recipe->users[2].gid, 33);
	assert_string_equal(recipe->users[2].home, "/h/c");
	assert_string_equal(recipe->users[2].shell, "/bin/sh");
	assert_int_equal(recipe->group_count, 3);
	assert_int_equal(recipe->groups[0].gid, 1);
	assert_true(recipe->groups[0].has_gid);
	assert_false(recipe->groups[1].has_gid);
	are(recipe->groups[2].members, "a b");
}

static void test_layers(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("writable /tmp 16M 1777\n"
		      "writable /run 64k inodes 9 0700 a:b\n"
		      "writable /x 5000 a:b 0711 inodes 3\n"
		      "overlay /var 1G ; overlay /srv 2T inodes 5\n");
	const struct recipe_layer *layer = recipe->layers;

	assert_int_equal(recipe->layer_count, 5);
	assert_int_equal(layer[0].kind, CONFIG_LAYER_WRITABLE);
	assert_int_equal(layer[0].bytes, 16 << 20);
	assert_int_equal(layer[0].inodes, 4096);
	assert_int_equal(layer[0].mode, 01777);
	assert_int_equal(layer[1].bytes, 65536);
	assert_int_equal(layer[1].inodes, 9);
	assert_int_equal(layer[1].mode, 0700);
	assert_string_equal(layer[1].user, "a");
	assert_string_equal(layer[1].group, "b");
	assert_int_equal(layer[2].mode, 0711);
	assert_int_equal(layer[2].inodes, 3);
	assert_int_equal(layer[3].kind, CONFIG_LAYER_OVERLAY);
	assert_int_equal(layer[3].bytes, 1 << 30);
	assert_true(layer[4].bytes == UINT64_C(2) << 40);
}

static void test_run(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("run /usr/sbin/a -D \"b c\" '' ; env A=1 B=\"x=y z\" C=\n"
		      "workdir /srv/ ; stop-signal SIGWINCH ; drain 1500ms\n"
		      "ready http /x%20y?z 2m ; proc ; proc\n");
	const struct config *config = &recipe->config;

	are(config->arguments, "/usr/sbin/a -D b c ");
	assert_int_equal(strv_length(config->arguments), 4);
	are(config->environment, "A=1 B=x=y z C=");
	assert_string_equal(config->workdir, "/srv");
	assert_int_equal(config->stop_signal, signal_number("WINCH"));
	assert_int_equal(config->drain_milliseconds, 1500);
	assert_int_equal(config->ready, CONFIG_READY_HTTP);
	assert_string_equal(config->ready_path, "/x%20y?z");
	assert_int_equal(config->ready_milliseconds, 120000);
	assert_true(config->proc);
	assert_int_equal(recipe->run_at.line, 1);
	assert_int_equal(recipe->ready_at.line, 3);
	assert_int_equal(recipe->ready_at.column, 1);
}

static void test_network(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("network own 10.0.0.7/24 2001:DB8::7/64\n"
		      "connect 10.0.0.5:80 DB:1/udp [2001:DB8::1]:53\n"
		      "connect db:1/udp db:1/tcp\n");
	const struct config *config = &recipe->config;

	assert_int_equal(config->network, CONFIG_NETWORK_OWN);
	are(config->addresses, "10.0.0.7/24 2001:db8::7/64");
	assert_int_equal(config->connect_count, 4);
	assert_string_equal(config->connects[1].host, "db");
	assert_true(config->connects[1].udp);
	assert_string_equal(config->connects[2].host, "2001:db8::1");
	assert_false(config->connects[3].udp);
}

static void test_places(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("persist /data/ 64M 0700 a:b ; persist /more 1k\n"
		      "share /home/*/public_html\n"
		      "share /srv/files at /files rw ; share /srv/x ro\n"
		      "tripwire /etc/shadow /etc/x ; tripwire /etc//x\n");
	const struct recipe_persist *persist = recipe->persists;

	assert_int_equal(recipe->persist_count, 2);
	assert_string_equal(persist[0].path, "/data");
	assert_int_equal(persist[0].bytes, 64 << 20);
	assert_int_equal(persist[0].mode, 0700);
	assert_string_equal(persist[0].user, "a");
	assert_string_equal(persist[0].group, "b");
	assert_int_equal(persist[1].mode, 0755);
	assert_int_equal(persist[1].bytes, 1024);
	assert_int_equal(recipe->share_count, 3);
	assert_string_equal(recipe->shares[0].share.path, "/home");
	assert_false(recipe->shares[0].share.writable);
	assert_string_equal(recipe->shares[1].share.source, "/srv/files");
	assert_string_equal(recipe->shares[1].share.path, "/files");
	assert_true(recipe->shares[1].share.writable);
	assert_string_equal(recipe->shares[2].share.path, "/srv/x");
	assert_int_equal(recipe->tripwire_count, 2);
	assert_string_equal(recipe->tripwires[1].path, "/etc/x");
}

static void test_restore(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("restore every 1d jitter 2h ; restore on exit\n"
		      "restore on unhealthy exit\n"
		      "check http /h every 2s failures 5 ; ready notify 1m\n");
	const struct config *config = &recipe->config;

	assert_int_equal(config->restore.every_milliseconds, 86400000);
	assert_int_equal(config->restore.jitter_milliseconds, 7200000);
	assert_int_equal(config->restore.causes,
			 CONFIG_RESTORE_EXIT | CONFIG_RESTORE_UNHEALTHY);
	assert_int_equal(recipe->restore_on_at.line, 2);
	assert_string_equal(config->health.path, "/h");
	assert_int_equal(config->health.every_milliseconds, 2000);
	assert_int_equal(config->health.timeout_milliseconds, 2000);
	assert_int_equal(config->health.failures, 5);
	assert_int_equal(recipe->check_at.line, 3);
	assert_int_equal(config->ready, CONFIG_READY_NOTIFY);
	assert_int_equal(config->ready_milliseconds, 60000);
}

static void test_services(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("service a /a b\n"
		      "service c per-connection /c\n"
		      "service d per-connection per-source 3/1m at-most 9 21 "
		      "/d per-connection\n");
	const struct recipe_service *services = recipe->services;
	struct recipe_program program;

	assert_int_equal(recipe->service_count, 3);
	assert_false(services[0].service.per_connection);
	assert_int_equal(services[0].service.at_most, 0);
	are(services[0].service.arguments, "/a b");
	are(recipe->config.arguments, "/a b");
	assert_int_equal(services[1].service.port, 0);
	assert_int_equal(services[1].service.at_most, 64);
	assert_int_equal(services[2].service.port, 21);
	assert_int_equal(services[2].service.at_most, 9);
	assert_int_equal(services[2].service.source_most, 3);
	assert_int_equal(services[2].service.source_milliseconds, 60000);
	are(services[2].service.arguments, "/d per-connection");
	assert_int_equal(recipe->run_at.line, 1);
	assert_true(recipe_program(recipe, 2, &program));
	assert_string_equal(program.arguments[0], "/d");
	assert_int_equal(program.at->line, 3);
	assert_false(recipe_program(recipe, 3, &program));
}

static void test_confinement(void **state UNUSED)
{
	CLEANUP_RECIPE struct recipe *recipe =
		parse("network sealed\nlisten 80 443/tcp 80\nlisten 53/udp\n"
		      "limit processes 64 ; limit memory 256M\n"
		      "limit cpu 1.25 ; limit cpu-time 5m ; limit files 1024\n"
		      "limit file-size 10 ; limit io write 5k\n"
		      "limit io read-ops 7\n"
		      "allow capability setuid CAP_SETGID ; "
		      "allow syscall keyctl bpf keyctl\n");
	const struct config *config = &recipe->config;

	assert_int_equal(config->listen_count, 3);
	assert_int_equal(config->listens[1].port, 443);
	assert_false(config->listens[1].udp);
	assert_int_equal(config->listens[2].port, 53);
	assert_true(config->listens[2].udp);
	assert_int_equal(recipe->listen_at.line, 2);
	assert_int_equal(config->limits.io.write_bytes, 5120);
	assert_int_equal(config->limits.io.read_operations, 7);
	assert_int_equal(config->limits.processes, 64);
	assert_int_equal(config->limits.memory_bytes, 256 << 20);
	assert_int_equal(config->limits.cpu_permille, 1250);
	assert_int_equal(config->limits.cpu_seconds, 300);
	assert_int_equal(config->limits.files, 1024);
	assert_int_equal(config->limits.file_bytes, 10);
	assert_int_equal(config->capabilities,
			 1 << capability_number("setuid") |
				 1 << capability_number("setgid"));
	are(config->allowed_syscalls, "keyctl bpf");
}

static void test_processors(void **state UNUSED)
{
	static const struct {
		const char *text;
		unsigned int permille;
	} cases[] = {
		{ "limit cpu 50%", 500 },      { "limit cpu 2", 2000 },
		{ "limit cpu 150%", 1500 },    { "limit cpu 0.5", 500 },
		{ "limit cpu 0.001", 1 },      { "limit cpu 12.5%", 125 },
		{ "limit cpu 1000", 1000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP_RECIPE struct recipe *recipe = parse(cases[i].text);

		assert_int_equal(recipe->config.limits.cpu_permille,
				 cases[i].permille);
	}
	refuses("limit cpu 0", "x:1:11: '0' is not an amount");
	refuses("limit cpu 0.0001", "not an amount");
	refuses("limit cpu 1001", "not an amount");
	refuses("limit cpu 1.", "not an amount");
	refuses("limit cpu 5%%", "not an amount");
	refuses("limit cpu 99999999999999999999", "not an amount");
}

static void test_numbers(void **state UNUSED)
{
	refuses("writable /x 16MB", "x:1:13: '16MB' is not a size");
	refuses("writable /x 0", "'0' is not a size");
	refuses("writable /x -1", "'-1' is not a size");
	refuses("writable /x 16777216T", "'16777216T' is not a size");
	refuses("writable /x 99999999999999999999", "is not a size");
	refuses("drain 5", "x:1:7: '5' is not a time");
	refuses("drain 25h", "x:1:7: the time is longer than 86400s");
	refuses("ready listen 0", "x:1:14: nothing is ready in no time");
	refuses("limit cpu-time 1500ms", "x:1:16: processor time is");
	refuses("listen 10.0.0.5:80/sctp", "x:1:8: '10.0.0.5:80/sctp' is for "
					   "neither /tcp nor /udp");
	refuses("listen 0.0.0.0:80", "x:1:8: '0.0.0.0:80' is not the address "
				     "of one host");
	refuses("listen 0", "x:1:8: the port must be 1 to 65535");
	refuses("listen 65536", "the port must be 1 to 65535");
	refuses("listen 080x", "'080x' is not a number");
	refuses("listen 80/sctp", "'sctp' is neither tcp nor udp");
	refuses("dir /a 0789", "x:1:8: '0789' is not a mode");
	refuses("dir /a 77777", "is not a mode");
	refuses("device /dev/x c 1 2 1777", "no bit beyond 0777");
	refuses("dir /a 65536:0", "x:1:8: 65536 is beyond 65535");
}

static void test_variables(void **state UNUSED)
{
	char first[] = "A=1", second[] = "B=2", last[] = "A=3";
	char typing[] = "PREFX=1", bad[] = "1=1", taken[] = "arch=x";
	char *const definitions[] = { first, second, last, NULL };
	CLEANUP_RECIPE struct recipe *recipe =
		parse_with("set A 7\nset C ${A}${B}\nset D ${C}x\nenv V=${D}\n",
			   definitions);

	are(recipe->config.environment, "V=32x");
	refuses("env V=${A}", "x:1:7: unknown variable 'A'");
	refuses("set A 1\nset A 2", "x:2:5: the variable 'A' is set twice, "
				    "first at x:1:5");
	refuses("set arch x", "x:1:5: the variable 'arch' is predefined");
	refuses("set 1A x", "x:1:5: '1A' is not a name");
	refuses_with("set PREFIX /usr\nenv P=${PREFX}", NULL,
		     "x:2:7: unknown variable 'PREFX'",
		     "did you mean 'PREFIX'?");
	refuses_with("set PREFIX /usr", (char *const[]){ typing, NULL },
		     "-D PREFX: the recipe has no variable of that name",
		     "did you mean 'PREFIX'?");
	refuses_with("", (char *const[]){ bad, NULL }, "-D 1=1: not NAME=VALUE",
		     NULL);
	refuses_with("", (char *const[]){ taken, NULL },
		     "-D arch: the variable is predefined", NULL);
}

/* Said twice, unless it can be. */
static void test_twice(void **state UNUSED)
{
	static const char *const once[] = {
		"name a",	 "summary a",	  "version 1",
		"hostname a",	 "workdir /a",	  "run /a",
		"ready exec",	 "stop-signal 9", "drain 1s",
		"limit files 1", "limit cpu 1",	  "env A=1",
		"writable /a 1", "user a uid=1",  "group a gid=1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(once); i++) {
		CLEANUP_BUF struct buf text = BUF_INIT;

		buf_printf(&text, "%s ; # x\n%s\n", once[i], once[i]);
		assert_int_equal(buf_check(&text), 0);
		refuses(text.data, "said twice, first at x:1:");
	}
	refuses("limit cpu 1\nlimit files 2\nlimit cpu 2",
		"x:3:7: cpu is said twice, first at x:1:7");
}

/* `count` times a line made of `head` and `times` times `unit`. */
static char *lines(size_t count, const char *head, size_t times,
		   const char *unit)
{
	struct buf text = BUF_INIT;
	char *lines;

	while (count-- > 0) {
		buf_puts(&text, head);
		for (size_t i = 0; i < times; i++)
			buf_puts(&text, unit);
		buf_putc(&text, '\n');
	}
	lines = buf_steal(&text);
	assert_non_null(lines);
	return lines;
}

/* What substitution can make of a small text has an end. */
static void test_bytes(void **state UNUSED)
{
	CLEANUP_FREE char *value = lines(1, "set V ", 4000, "v");
	CLEANUP_FREE char *body = lines(250, "${V}", 0, "");
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_puts(&text, value);
	for (int i = 0; i < 68; i++)
		buf_printf(&text, "file /a <<E\n%sE\n", body);
	assert_int_equal(buf_check(&text), 0);
	refuses(text.data, "the recipe comes to more than 67108864 bytes");
}

static void refuses_count(const char *format, const char *wanted)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	for (int i = 1; i <= 1025; i++) {
		const char *number = strchr(format, '#');

		buf_printf(&text, "%.*s%d%s\n", (int)(number - format), format,
			   i, number + 1);
	}
	assert_int_equal(buf_check(&text), 0);
	refuses(text.data, wanted);
}

static void test_counts(void **state UNUSED)
{
	CLEANUP_FREE char *items = lines(65, "dir", 1020, " /a");
	CLEANUP_FREE char *sources = lines(17, "source host", 0, "");

	refuses(items, "x:65:1: more than 65536 things to put into the jail");
	refuses(sources, "x:17:1: more than 16 sources");
	refuses_count("user u#", "x:1025:6: more than 1024 users");
	refuses_count("group g#", "x:1025:7: more than 1024 groups");
	refuses_count("listen #", "x:1025:8: more than 1024 ports");
	refuses_count("writable /w# 1M", "x:1025:1: more than 1024 layers");
	refuses_count("persist /p#", "x:1025:1: more than 1024 persistent");
	refuses_count("share /srv/s#", "x:1025:1: more than 1024 shared");
	refuses_count("tripwire /t#", "x:1025:10: more than 1024 tripwires");
	refuses_count("connect h#:1", "x:1025:9: more than 1024 peers");
	refuses_count("service s# /s", "x:65:1: more than 64 services");
	refuses_count("env E#=", "x:1025:5: more than 1024 environment");
	refuses_count("allow syscall s#", "x:1025:15: more than 1024 system");
	refuses_count("set V# v", "more than 1024 variables");
}

/* --- Files --------------------------------------------------------------- */

struct directory {
	char path[64];
};

static int make_directory(void **state)
{
	struct directory *directory = calloc(1, sizeof(*directory));
	CLEANUP_BUF struct buf with = BUF_INIT;

	if (!directory)
		return -1;
	strcpy(directory->path, "/tmp/test-recipe.XXXXXX");
	if (!mkdtemp(directory->path))
		return -1;
	buf_printf(&with, "%s/with", directory->path);
	if (buf_check(&with) < 0 || mkdir(with.data, 0755) < 0)
		return -1;
	*state = directory;
	return 0;
}

static int remove_directory(void **state)
{
	struct directory *directory = *state;
	CLEANUP_BUF struct buf command = BUF_INIT;

	buf_printf(&command, "rm -rf %s", directory->path);
	free(directory);
	return buf_check(&command) < 0 || system(command.data) != 0;
}

static void put(void **state, const char *name, const char *text)
{
	const struct directory *directory = *state;
	CLEANUP_BUF struct buf path = BUF_INIT;
	CLEANUP_FILE FILE *file = NULL;

	buf_printf(&path, "%s/%s", directory->path, name);
	assert_int_equal(buf_check(&path), 0);
	file = fopen(path.data, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

static int read_named(void **state, const char *name, char *const *include_path,
		      struct recipe **ret_recipe, struct diag *diag)
{
	const struct directory *directory = *state;
	const struct recipe_options options = { .include_path = include_path };
	CLEANUP_BUF struct buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", directory->path, name);
	assert_int_equal(buf_check(&path), 0);
	return recipe_read(path.data, &options, ret_recipe, diag);
}

static struct recipe *read_recipe(void **state, const char *text)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct recipe *recipe = NULL;

	put(state, "x.recipe", text);
	if (read_named(state, "x.recipe", NULL, &recipe, &diag) < 0)
		fail_msg("%s", diag.text);
	return recipe;
}

static void refuses_file(void **state, const char *text, const char *wanted,
			 const char *hint, const char *excerpt)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct recipe *recipe = NULL;

	put(state, "x.recipe", text);
	assert_true(read_named(state, "x.recipe", NULL, &recipe, &diag) < 0);
	if (!strstr(diag.text, wanted))
		fail_msg("'%s' is not in '%s'", wanted, diag.text);
	if (hint)
		assert_string_equal(diag.hint, hint);
	if (excerpt && !strstr(diag.excerpt, excerpt))
		fail_msg("'%s' is not in '%s'", excerpt, diag.excerpt);
}

/* What the recipe says wins over what it includes, wherever it stands. */
static void test_precedence(void **state)
{
	static const char *const orders[] = {
		"name b\nenv B=b\ndrain 2s\nwritable /w 2\nrun /b\n"
		"limit files 2\nset V b\nuser u uid=2\ninclude a.recipe\n",
		"set V b\ninclude a.recipe\nname b\nenv B=b\ndrain 2s\n"
		"writable /w 2\nrun /b\nlimit files 2\nuser u uid=2\n",
	};

	put(state, "a.recipe",
	    "name a\nenv A=a B=a\ndrain 1s\nwritable /w 1 0700\nrun /a a\n"
	    "limit files 1 ; limit processes 1\nset V a ; set W a\n"
	    "env C=${V}${W}\nuser u uid=1\nready exec\n");
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		CLEANUP_RECIPE struct recipe *recipe =
			read_recipe(state, orders[i]);
		const struct config *config = &recipe->config;

		assert_string_equal(config->name, "b");
		are(config->environment,
		    i == 0 ? "B=b A=a C=ba" : "A=a B=b C=ba");
		assert_int_equal(config->drain_milliseconds, 2000);
		assert_int_equal(recipe->layer_count, 1);
		assert_int_equal(recipe->layers[0].bytes, 2);
		assert_int_equal(recipe->layers[0].mode, 0755);
		are(config->arguments, "/b");
		assert_int_equal(config->limits.files, 2);
		assert_int_equal(config->limits.processes, 1);
		assert_int_equal(recipe->users[0].uid, 2);
		assert_int_equal(recipe->run_at.line, i == 0 ? 5 : 7);
		assert_int_equal(recipe->ready_at.line, 10);
	}
}

/* Each of these by what names it; a service keeps its place. */
static void test_precedence_of_names(void **state)
{
	CLEANUP_RECIPE struct recipe *recipe = NULL;
	const struct recipe_service *services;

	put(state, "a.recipe",
	    "service a /a\nservice b /b\npersist /p 0700\n"
	    "share /srv/s at /s rw\nnetwork host\nrestore every 1h\n"
	    "check http /a every 1s\nrestore on exit\n");
	recipe = read_recipe(state,
			     "include a.recipe\nservice c /c\n"
			     "service a /other\npersist /p\n"
			     "share /srv/t at /s\nnetwork sealed\n"
			     "restore every 2h jitter 1s\n"
			     "check http /b every 1s\nrestore on tamper\n");
	services = recipe->services;
	assert_int_equal(recipe->service_count, 3);
	are(services[0].service.arguments, "/other");
	assert_string_equal(services[1].service.name, "b");
	assert_string_equal(services[2].service.name, "c");
	assert_int_equal(recipe->persist_count, 1);
	assert_int_equal(recipe->persists[0].mode, 0755);
	assert_int_equal(recipe->share_count, 1);
	assert_string_equal(recipe->shares[0].share.source, "/srv/t");
	assert_int_equal(recipe->config.network, CONFIG_NETWORK_SEALED);
	assert_int_equal(recipe->config.restore.every_milliseconds, 7200000);
	assert_string_equal(recipe->config.health.path, "/b");
	assert_int_equal(recipe->config.restore.causes,
			 CONFIG_RESTORE_EXIT | CONFIG_RESTORE_TAMPER);
}

/* Two fragments side by side have no say over each other. */
static void test_siblings(void **state)
{
	put(state, "a.recipe", "drain 1s\n");
	put(state, "b.recipe", "\ndrain 2s\n");
	refuses_file(state, "include a.recipe\ninclude b.recipe\n",
		     "b.recipe:2:1: drain is said twice, first at /tmp/", NULL,
		     "x.recipe:2:9");
	free_recipe((struct recipe *[]){
		read_recipe(state, "include a.recipe\ninclude a.recipe\n") });
}

static void test_with(void **state)
{
	CLEANUP_RECIPE struct recipe *recipe = NULL;

	put(state, "with/dns.recipe", "copy /dns\n");
	put(state, "with/tls.recipe", "with dns\ncopy /tls\n");
	put(state, "with/locale.recipe", "set VALUE C\nenv L=${VALUE}\n");
	put(state, "with/zone.recipe", "env Z=${VALUE}\n");
	recipe = read_recipe(state, "with dns tls locale zone=a=b\n"
				    "with locale dns zone=a=b\n");
	assert_int_equal(recipe->item_count, 2);
	are(recipe->items[0].names, "/dns");
	are(recipe->config.environment, "L=C Z=a=b");
	recipe_free(recipe);
	recipe = read_recipe(state, "with locale=de zone=x\n");
	are(recipe->config.environment, "L=de Z=x");

	/* What a bundle includes is a part of it. */
	put(state, "with/part.recipe", "set VALUE x\ninclude inner.recipe\n");
	put(state, "with/inner.recipe", "env V=${VALUE}\n");
	recipe_free(recipe);
	recipe = read_recipe(state, "with part=y\n");
	are(recipe->config.environment, "V=y");

	refuses_file(state, "with zone\n",
		     "with/zone.recipe:1:7: 'VALUE' was given no value", NULL,
		     "x.recipe:1:6");
	refuses_file(state, "with zone=a\nwith zone=b\n",
		     "x.recipe:2:6: already taken in with the value a, at",
		     NULL, NULL);
	refuses_file(state, "with dnss\n",
		     "x.recipe:1:6: with/dnss.recipe is "
		     "not found; looked in: /tmp/",
		     "did you mean 'dns'?", NULL);
	refuses_file(state, "with ../dns\n", "is not the name of a bundle",
		     NULL, NULL);
	refuses_file(state, "with locale\nenv X=${VALUE}\n",
		     "x.recipe:2:7: unknown variable 'VALUE'", NULL, NULL);
}

static void test_cycle(void **state)
{
	put(state, "a.recipe", "include b.recipe\n");
	put(state, "b.recipe", "\n  include ./a.recipe\n");
	refuses_file(state, "include a.recipe\n",
		     "b.recipe:2:11: a circle: /tmp/", NULL, "a.recipe:1:9");
	refuses_file(state, "include x.recipe\n",
		     "x.recipe:1:9: a circle:", NULL, NULL);
}

static void test_depth(void **state)
{
	CLEANUP_RECIPE struct recipe *recipe = NULL;

	for (int i = 0; i < 17; i++) {
		CLEANUP_BUF struct buf name = BUF_INIT, text = BUF_INIT;

		buf_printf(&name, "d%d.recipe", i);
		if (i < 16)
			buf_printf(&text, "include d%d.recipe\n", i + 1);
		else
			buf_puts(&text, "dir /deep\n");
		assert_int_equal(buf_check(&name) + buf_check(&text), 0);
		put(state, name.data, text.data);
	}
	recipe = read_recipe(state, "include d1.recipe\n");
	assert_int_equal(recipe->item_count, 1);
	refuses_file(state, "include d0.recipe\n",
		     "d15.recipe:1:9: more than 16 files one in another", NULL,
		     NULL);
}

static void test_include(void **state)
{
	struct directory *directory = *state;
	char *const include_path[] = { directory->path, NULL };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_RECIPE struct recipe *recipe = NULL;
	const struct recipe_options options = { .include_path = include_path };
	static const char text[] = "include lone.recipe\n";

	put(state, "lone.recipe", "source tree files\nsource tree /abs\n");
	assert_int_equal(recipe_parse("nowhere/x", text, strlen(text), NULL,
				      &recipe, &diag),
			 -EINVAL);
	assert_string_equal(diag.text, "nowhere/x:1:9: lone.recipe is not "
				       "found; looked in: nowhere");
	assert_int_equal(recipe_parse("nowhere/x", text, strlen(text), &options,
				      &recipe, &diag),
			 0);
	/* A fragment's directory is found from where the fragment is. */
	assert_int_equal(strncmp(recipe->sources[0].argument, directory->path,
				 strlen(directory->path)),
			 0);
	assert_non_null(strstr(recipe->sources[0].argument, "/files"));
	assert_string_equal(recipe->sources[1].argument, "/abs");

	refuses_file(state, "include with\n", "x.recipe:1:9: cannot read /tmp/",
		     NULL, NULL);
	refuses_file(state, "include /dev/null\n",
		     "x.recipe:1:9: /dev/null is not a regular file", NULL,
		     NULL);
	refuses_file(state, "include \"\"\n", "x.recipe:1:9: an empty name",
		     NULL, NULL);
	put(state, "bad.recipe", "dir /a\n\n\x01\n");
	refuses_file(state, "include bad.recipe\n",
		     "bad.recipe:3:1: the control character", NULL, NULL);
	assert_int_equal(recipe_read("/nowhere/x", NULL, &recipe, &diag),
			 -ENOENT);
}

static void test_many_files(void **state)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	for (int i = 0; i < 257; i++) {
		CLEANUP_BUF struct buf name = BUF_INIT;

		buf_printf(&name, "m%d.recipe", i);
		assert_int_equal(buf_check(&name), 0);
		put(state, name.data, "");
		buf_printf(&text, "include m%d.recipe\n", i);
	}
	assert_int_equal(buf_check(&text), 0);
	refuses_file(state, text.data, "x.recipe:256:9: more than 256 files",
		     NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_packages_and_copies),
		cmocka_unit_test(test_arrow),
		cmocka_unit_test(test_tree_items),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_confinement),
		cmocka_unit_test(test_processors),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_counts),
		cmocka_unit_test_setup_teardown(test_precedence_of_names,
						make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_precedence, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_siblings, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_with, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_cycle, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_depth, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_include, make_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_many_files, make_directory,
						remove_directory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
