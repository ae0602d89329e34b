/* Defaults, and what must hold across directives: pack/contract.h. */
/* links: pack/recipe.o pack/recipe_accounts.o pack/recipe_confinement.o
 * pack/recipe_network.o pack/recipe_places.o pack/recipe_restore.o
 * pack/recipe_service.o pack/recipe_program.o pack/recipe_definitions.o
 * pack/recipe_device.o pack/recipe_directives.o pack/recipe_files.o
 * pack/recipe_identity.o pack/recipe_include.o pack/recipe_items.o
 * pack/recipe_layers.o pack/recipe_run.o pack/contract.o
 * pack/contract_copy.o pack/contract_places.o pack/contract_services.o
 * pack/recipe_build.o pack/recipe_rules.o pack/rules.o pack/format.o */
#include "lib/buf.h"
#include "pack/contract.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int complete(const char *text, struct config *config, struct diag *diag)
{
	struct recipe *recipe = NULL;
	int result = recipe_parse("x.recipe", text, strlen(text), NULL, &recipe,
				  diag);

	if (result < 0)
		fail_msg("%s: %s", text, diag->text);
	result = contract_complete(config, recipe, diag);
	recipe_free(recipe);
	return result;
}

static void accepts(const char *text, struct config *config)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT;

	if (complete(text, config, &diag) < 0)
		fail_msg("%s: %s", text, diag.text);
	/* What is complete is what an image may carry. */
	if (config_write(config, &json, &diag) < 0)
		fail_msg("%s: %s", text, diag.text);
}

static void refuses(const char *text, const char *wanted, const char *hint)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_CONFIG struct config config = { .proc = true };

	assert_int_equal(complete(text, &config, &diag), -EINVAL);
	assert_string_equal(diag.text, wanted);
	if (hint)
		assert_string_equal(diag.hint, hint);
	assert_true(config.proc); /* untouched */
	assert_null(config.name);
}

static void test_defaults(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	accepts("name a_b-\nrun /a\n", &config);
	assert_string_equal(config.name, "a_b-");
	assert_string_equal(config.hostname, "a-b");
	assert_string_equal(config.version, "0");
	assert_string_equal(config.workdir, "/");
	assert_null(config.summary);
	assert_null(config.environment);
	assert_int_equal(config.stop_signal, SIGTERM);
	assert_int_equal(config.drain_milliseconds, 10000);
	assert_int_equal(config.ready, CONFIG_READY_EXEC);
	assert_int_equal(config.ready_milliseconds, 30000);
	assert_int_equal(config.capabilities, 0);
	assert_false(config.proc);
}

static void test_said(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	accepts("name a\nsummary s\nversion 2\nhostname h\nworkdir /w\n"
		"run /a b\nenv A=1\nlisten 80 53/udp\nready http /r 1s\n"
		"stop-signal 9\ndrain 0\nproc\ndevice stdout log\n"
		"allow capability chown ; allow syscall bpf\n"
		"limit memory 1G\n",
		&config);
	assert_string_equal(config.summary, "s");
	assert_string_equal(config.version, "2");
	assert_string_equal(config.hostname, "h");
	assert_string_equal(config.workdir, "/w");
	assert_string_equal(config.arguments[1], "b");
	assert_string_equal(config.environment[0], "A=1");
	assert_int_equal(config.listen_count, 2);
	assert_true(config.listens[1].udp);
	assert_int_equal(config.ready, CONFIG_READY_HTTP);
	assert_string_equal(config.ready_path, "/r");
	assert_int_equal(config.ready_milliseconds, 1000);
	assert_int_equal(config.stop_signal, 9);
	assert_int_equal(config.drain_milliseconds, 0);
	assert_true(config.proc && config.log_stdout && config.log_syslog);
	assert_false(config.log_stderr);
	assert_int_equal(config.capabilities, 1);
	assert_string_equal(config.allowed_syscalls[0], "bpf");
	assert_int_equal(config.limits.memory_bytes, 1 << 30);
}

/* A jail that listens is ready when it does, unless the recipe says else. */
static void test_ready(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	accepts("name a\nrun /a\nlisten 80\n", &config);
	assert_int_equal(config.ready, CONFIG_READY_LISTEN);
	accepts("name a\nrun /a\nlisten 80\nready exec\n", &config);
	assert_int_equal(config.ready, CONFIG_READY_EXEC);
	accepts("name a\nrun /a\nlisten 53/udp\nready listen 2s\n", &config);
	assert_int_equal(config.ready, CONFIG_READY_LISTEN);
	assert_int_equal(config.ready_milliseconds, 2000);
	refuses("name a\nrun /a\nready listen\n",
		"x.recipe:3:1: ready listen without a port to listen on",
		"add: listen PORT");
	refuses("name a\nrun /a\n ready http /\nlisten 53/udp\n",
		"x.recipe:3:2: ready http without a TCP port to ask at",
		"add: listen 80");
}

static void test_missing(void **state UNUSED)
{
	refuses("run /a\n", "x.recipe: the recipe has no `name`",
		"for instance: name apache");
	refuses("name a\n", "x.recipe: the recipe has no `run`",
		"for instance: run /usr/sbin/apache2 -DFOREGROUND");
	refuses("name a\nrun /a\ndir /b\n copy /a\n",
		"x.recipe:4:2: the recipe names no source to take this from",
		NULL);
	refuses("name a\nrun /a\npackage ab\n",
		"x.recipe:3:1: the recipe names no source to take this from",
		NULL);
}

static void test_run(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	refuses("name a\noverlay /var 1M\nrun /var/a\n",
		"x.recipe:3:1: /var/a is under /var, which is writable and "
		"hence cannot be executed (x.recipe:2:1)",
		NULL);
	accepts("name a\noverlay /var 1M\nrun /variable\n", &config);
}

/* Layers and devices are another's; what is there stays. */
static void test_kept(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	config.layers = calloc(1, sizeof(*config.layers));
	assert_non_null(config.layers);
	config.layer_count = 1;
	config.layers[0].path = strdup("/tmp");
	config.layers[0].bytes = config.layers[0].inodes = 1;
	config.name = strdup("old");
	accepts("name a\nrun /a\n", &config);
	assert_string_equal(config.name, "a");
	assert_int_equal(config.layer_count, 1);
	assert_string_equal(config.layers[0].path, "/tmp");
	assert_int_equal(config.device_count, 0);
}

static void test_services(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	accepts("name a\nlisten 21 80 22 53/udp\nservice web /w -D\n"
		"service ftp per-connection 21 /f\n"
		"service ssh per-connection 22 /s\n"
		"service cgi per-connection /c\n",
		&config);
	assert_int_equal(config.service_count, 4);
	assert_int_equal(config.services[0].port, 0);
	assert_int_equal(config.services[1].port, 21);
	assert_int_equal(config.services[3].port, 80);
	assert_int_equal(config.services[3].at_most, 64);
	assert_string_equal(config.services[0].arguments[1], "-D");
	assert_string_equal(config.arguments[0], "/w");
	assert_int_equal(config.ready, CONFIG_READY_LISTEN);
}

static void test_host(void **state UNUSED)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;

	accepts("name a\nrun /a\nlisten 80\nconnect db:1\n"
		"network own 10.0.0.7/24\nrestore every 1m\n"
		"restore on unhealthy\ncheck http / every 5s\n"
		"overlay /var 1M ; persist /var/lib/a ; persist /var/lib/b\n"
		"share /home/*/w at /var/home\ntripwire /var/x\n",
		&config);
	assert_int_equal(config.connect_count, 1);
	assert_string_equal(config.addresses[0], "10.0.0.7/24");
	assert_int_equal(config.restore.every_milliseconds, 60000);
	assert_string_equal(config.health.path, "/");
	/* Those are for who knows the tree. */
	assert_int_equal(config.persist_count, 0);
	assert_null(config.tripwires);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_services), cmocka_unit_test(test_host),
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_said),
		cmocka_unit_test(test_ready),	 cmocka_unit_test(test_missing),
		cmocka_unit_test(test_run),	 cmocka_unit_test(test_kept),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
