/* jailmount's command line: mount/options.h. */
/* links: mount/options.o mount/options_usage.o */
#include "mount/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ARGUMENTS_MAX = 16 };

/* Parse words that are separated by single spaces. */
static int parse(const char *line, struct options *options, struct diag *diag,
		 char *storage)
{
	char *argv[ARGUMENTS_MAX + 1] = { NULL };
	int argc = 0;

	strcpy(storage, line);
	for (char *word = strtok(storage, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return options_parse(argc, argv, options, diag);
}

static void accept(const char *line, struct options *options, char *storage)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (parse(line, options, &diag, storage) < 0)
		fail_msg("%s: %s", line, diag.text);
}

static void refuse(const char *line, const char *reason)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char storage[512];

	assert_int_equal(parse(line, &options, &diag, storage), -EINVAL);
	if (!strstr(diag.text, reason))
		fail_msg("%s: \"%s\" does not tell \"%s\"", line, diag.text,
			 reason);
}

static void test_run(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	char storage[512];

	accept("jailmount web --run --limit memory=1M --volume /a:/b:ro "
	       "--volume /c:ro",
	       &options, storage);
	assert_string_equal(options.limits[0], "memory=1M");
	assert_string_equal(options.volumes[1], "/c:ro");
	options_done(&options);
	accept("jailmount --boot", &options, storage);
	assert_int_equal(options.action, ACTION_BOOT);
	options_done(&options);
	accept("jailmount a.sqfs --run -d --name web --listen 8080:80 "
	       "--listen=127.0.0.1:8443:443",
	       &options, storage);
	assert_int_equal(options.action, ACTION_RUN);
	assert_string_equal(options.object, "a.sqfs");
	assert_string_equal(options.name, "web");
	assert_true(options.detach);
	assert_false(options.interactive);
	assert_string_equal(options.listens[0], "8080:80");
	assert_string_equal(options.listens[1], "127.0.0.1:8443:443");
	assert_null(options.listens[2]);
	assert_null(options.arguments);
}

static void test_explain(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	char storage[512];

	accept("jailmount a.sqfs --run --explain --all --json --source /a "
	       "--source=/b --output list",
	       &options, storage);
	assert_true(options.explain && options.all && options.json);
	assert_string_equal(options.sources[0], "/a");
	assert_string_equal(options.sources[1], "/b");
	assert_null(options.sources[2]);
	assert_string_equal(options.output, "list");
}

static void test_order(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options before = OPTIONS_INIT;
	CLEANUP_OPTIONS struct options behind = OPTIONS_INIT;
	char storage[512];

	accept("jailmount --run --json -n a.sqfs", &before, storage);
	assert_int_equal(before.action, ACTION_RUN);
	assert_string_equal(before.object, "a.sqfs");
	assert_true(before.json && before.dry_run);
	accept("jailmount web --status --json", &behind, storage);
	assert_int_equal(behind.action, ACTION_STATUS);
	assert_string_equal(behind.object, "web");
	assert_true(behind.json);
}

static void test_arguments(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options run = OPTIONS_INIT;
	CLEANUP_OPTIONS struct options exec = OPTIONS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char empty[] = "";
	char *argv[] = { (char[]){ "jailmount" }, (char[]){ "a.sqfs" },
			 (char[]){ "--run" },	  (char[]){ "--" },
			 (char[]){ "--run" },	  empty,
			 (char[]){ "--" },	  NULL };
	char storage[512];

	assert_int_equal(options_parse(7, argv, &run, &diag), 0);
	assert_string_equal(run.arguments[0], "--run");
	assert_string_equal(run.arguments[1], "");
	assert_string_equal(run.arguments[2], "--");
	assert_null(run.arguments[3]);
	accept("jailmount web --exec -- ls -l /", &exec, storage);
	assert_int_equal(exec.action, ACTION_EXEC);
	assert_string_equal(exec.arguments[0], "ls");
	assert_string_equal(exec.arguments[1], "-l");
}

static void test_directories(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options mounted = OPTIONS_INIT;
	CLEANUP_OPTIONS struct options gone = OPTIONS_INIT;
	char storage[512];

	accept("jailmount a.sqfs /mnt", &mounted, storage);
	assert_int_equal(mounted.action, ACTION_ASSEMBLE);
	assert_string_equal(mounted.object, "a.sqfs");
	assert_string_equal(mounted.directory, "/mnt");
	accept("jailmount --umount /mnt", &gone, storage);
	assert_int_equal(gone.action, ACTION_UMOUNT);
	assert_string_equal(gone.directory, "/mnt");
	assert_null(gone.object);
}

static void test_letters(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	CLEANUP_OPTIONS struct options help = OPTIONS_INIT;
	char storage[512];

	accept("jailmount a --run -dn", &options, storage);
	assert_true(options.detach && options.dry_run);
	accept("jailmount -h", &help, storage);
	assert_int_equal(help.action, ACTION_HELP);
}

static void test_refused(void **state UNUSED)
{
	refuse("jailmount", "nothing to do");
	refuse("jailmount web", "nothing to do");
	refuse("jailmount web --frobnicate", "--frobnicate");
	refuse("jailmount web -x", "-x");
	refuse("jailmount --boot web", "usage: jailmount --boot");
	refuse("jailmount --shutdown --limit memory=1M", "--limit does not go");
	refuse("jailmount web --stop --volume /a:ro", "--volume does not go");
	refuse("jailmount --run", "IMAGE|NAME --run");
	refuse("jailmount a --run b", "IMAGE|NAME --run");
	refuse("jailmount a b c", "unexpected argument c");
	refuse("jailmount web --status --stop", "--stop");
	refuse("jailmount web.sqfs --status", "is an image");
	refuse("jailmount ./web --exec -- true", "is an image");
	refuse("jailmount web --status -- x", "--");
	refuse("jailmount web --exec", "COMMAND");
	refuse("jailmount web --exec --", "COMMAND");
	refuse("jailmount web --status --all", "--all");
	refuse("jailmount web --status -d", "-d");
	refuse("jailmount web --stop --listen 1:2", "--listen");
	refuse("jailmount web --list", "--list");
	refuse("jailmount a --run -d -i", "exclude");
	refuse("jailmount a --explain", "nothing to do");
	refuse("jailmount web --stop --explain", "--explain");
	refuse("jailmount a --run --explain -d", "exclude");
	refuse("jailmount a --run --explain -n", "exclude");
	refuse("jailmount a --run --source /srv", "--source");
	refuse("jailmount a --run --output x", "--output");
	refuse("jailmount a --run --all", "--all");
	refuse("jailmount a --run --name", "--name needs a value");
	refuse("jailmount a --run=yes", "takes no value");
}

static void test_suggestion(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char storage[512];

	assert_int_equal(
		parse("jailmount web --restor", &options, &diag, storage),
		-EINVAL);
	assert_string_equal(diag.hint, "did you mean --restore?");
}

/* The exit status of a wrong command line depends on what was wanted. */
static void test_action_of_a_failure(void **state UNUSED)
{
	CLEANUP_OPTIONS struct options options = OPTIONS_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	char storage[512];

	assert_int_equal(
		parse("jailmount a --run --nonsense", &options, &diag, storage),
		-EINVAL);
	assert_int_equal(options.action, ACTION_RUN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_suggestion),
		cmocka_unit_test(test_action_of_a_failure),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
