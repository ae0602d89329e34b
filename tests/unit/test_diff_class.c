/* What changes mean, and what was kept of them: mount/diff_class.h. */
/* links: mount/diff.o mount/diff_baseline.o mount/diff_class.o
   mount/diff_list.o mount/diff_print.o */
#include "mount/diff_class.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static enum diff_class classify(const char *path, unsigned int traits)
{
	CLEANUP_FREE char *copy = strdup(path);
	const struct diff_entry entry = { .path = copy,
					  .traits = traits,
					  .mode = S_IFREG | 0644 };

	assert_non_null(copy);
	return diff_classify(&entry);
}

static void by_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(classify("/var/log/a.log", DIFF_ELF | DIFF_SETUID),
			 DIFF_CLASS_SET_ID);
	assert_int_equal(classify("/tmp/x", DIFF_SETGID | DIFF_SCRIPT),
			 DIFF_CLASS_SET_ID);
	assert_int_equal(classify("/var/log/a.log", DIFF_ELF),
			 DIFF_CLASS_PROGRAM);
	assert_int_equal(classify("/etc/x", DIFF_SCRIPT), DIFF_CLASS_SCRIPT);
	assert_int_equal(classify("/tmp/x", DIFF_DEVICE), DIFF_CLASS_DEVICE);
	/* What may be executed is not a program by that. */
	assert_int_equal(classify("/srv/x", DIFF_EXECUTABLE), DIFF_CLASS_OTHER);
}

static void by_its_name(void **state)
{
	static const struct {
		const char *path;
		enum diff_class class;
	} files[] = {
		{ "/srv/upload/shell.php", DIFF_CLASS_SCRIPT },
		{ "/srv/upload/shell.PHP", DIFF_CLASS_SCRIPT },
		{ "/srv/cgi/x.pl", DIFF_CLASS_SCRIPT },
		{ "/etc/passwd", DIFF_CLASS_CONFIGURATION },
		{ "/etcetera", DIFF_CLASS_OTHER },
		{ "/srv/www/.htaccess", DIFF_CLASS_CONFIGURATION },
		{ "/root/.ssh/authorized_keys", DIFF_CLASS_CONFIGURATION },
		{ "/var/spool/cron/root", DIFF_CLASS_CONFIGURATION },
		{ "/opt/app/app.ini", DIFF_CLASS_CONFIGURATION },
		{ "/var/log/nginx/access.log", DIFF_CLASS_LOG },
		{ "/var/log/nginx/access", DIFF_CLASS_LOG },
		{ "/srv/app.log", DIFF_CLASS_LOG },
		{ "/var/lib/app/data.sqlite3", DIFF_CLASS_DATABASE },
		{ "/var/lib/redis/dump.rdb", DIFF_CLASS_DATABASE },
		{ "/var/cache/app/1", DIFF_CLASS_CACHE },
		{ "/run/app.pid", DIFF_CLASS_CACHE },
		{ "/srv/x.lock", DIFF_CLASS_CACHE },
		{ "/tmp/sess_1", DIFF_CLASS_CACHE },
		{ "/srv/index.html", DIFF_CLASS_OTHER },
		{ "/srv/name.", DIFF_CLASS_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(classify(files[i].path, 0), files[i].class);
}

static void what_is_gone(void **state)
{
	const struct diff_entry deleted = { .path = (char[]){ "/etc/passwd" },
					    .change = DIFF_DELETED };
	const struct diff_entry hidden = { .path = (char[]){ "/srv/www" },
					   .change = DIFF_REPLACED,
					   .mode = S_IFDIR | 0755 };
	/* A directory is no script, whatever it is called. */
	const struct diff_entry directory = { .path = (char[]){ "/srv/x.php" },
					      .mode = S_IFDIR | 0755 };

	(void)state;
	assert_int_equal(diff_classify(&deleted), DIFF_CLASS_DELETED);
	assert_int_equal(diff_classify(&hidden), DIFF_CLASS_DELETED);
	assert_int_equal(diff_classify(&directory), DIFF_CLASS_OTHER);
}

/* Not in the order of their classes. */
static struct diff some_changes(struct diff_entry entries[4])
{
	static char log[] = "/var/log/l", tool[] = "/tmp/tool";
	static char gone[] = "/srv/gone", link[] = "/srv/link";
	static char target[] = "/etc/shadow";

	entries[0] = (struct diff_entry){ .path = log,
					  .mode = S_IFREG | 0644,
					  .size = 7 };
	entries[1] = (struct diff_entry){ .path = tool,
					  .traits = DIFF_ELF | DIFF_EXECUTABLE,
					  .mode = S_IFREG | 0755,
					  .size = 5000000000,
					  .uid = 1000033,
					  .gid = 1000034 };
	entries[2] =
		(struct diff_entry){ .path = gone, .change = DIFF_DELETED };
	entries[3] = (struct diff_entry){ .path = link,
					  .change = DIFF_CHANGED,
					  .mode = S_IFLNK | 0777,
					  .target = target,
					  .at_start = true };
	return (struct diff){ .entries = entries, .count = 4 };
}

static void worst_first(void **state)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct diff_entry entries[4];
	const struct diff diff = some_changes(entries);
	const struct diff nothing = DIFF_INIT;

	(void)state;
	diff_print_classes(&nothing, &text);
	assert_int_equal(text.length, 0);
	diff_print_classes(&diff, &text);
	assert_string_equal(text.data, "programs:\n"
				       "+ /tmp/tool  (ELF)\n"
				       "deleted:\n"
				       "- /srv/gone\n"
				       "others:\n"
				       "! /srv/link -> /etc/shadow\n"
				       "logs:\n"
				       "+ /var/log/l\n"
				       "4 changes: 1 program, 1 deleted, 1 "
				       "other, 1 log\n");
}

static void written_and_read_back(void **state)
{
	CLEANUP_DIFF struct diff back = DIFF_INIT;
	struct diff_entry entries[4];
	const struct diff diff = some_changes(entries);
	json_t *json = diff_print_json(&diff, 1000000);

	(void)state;
	assert_int_equal(diff_read_json(json, &back, NULL), 0);
	json_decref(json);
	assert_int_equal(back.count, 4);
	assert_false(back.truncated);
	/* By path: /srv/gone, /srv/link, /tmp/tool, /var/log/l. */
	assert_int_equal(back.entries[0].change, DIFF_DELETED);
	assert_string_equal(back.entries[1].target, "/etc/shadow");
	assert_true(back.entries[1].at_start);
	assert_true(S_ISLNK(back.entries[1].mode));
	assert_string_equal(back.entries[2].path, "/tmp/tool");
	assert_int_equal(back.entries[2].traits, DIFF_ELF | DIFF_EXECUTABLE);
	assert_int_equal(back.entries[2].mode, S_IFREG | 0755);
	assert_int_equal(back.entries[2].size, 5000000000);
	assert_int_equal(back.entries[2].uid, 33);
	assert_int_equal(back.entries[2].gid, 34);
	assert_false(back.entries[2].at_start);
	assert_int_equal(back.entries[3].change, DIFF_ADDED);
}

static void what_is_no_list_of_changes(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"changes\":{}}",
		"{\"changes\":[1]}",
		"{\"changes\":[{\"change\":\"added\"}]}",
		"{\"changes\":[{\"change\":\"moved\",\"path\":\"/x\"}]}",
		"{\"changes\":[{\"change\":\"added\",\"path\":\"/x\"}]}",
		"{\"changes\":[{\"change\":\"deleted\",\"path\":\"/x\"},7]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct diff diff = DIFF_INIT;
		json_t *json = json_loads(texts[i], 0, NULL);

		assert_non_null(json);
		assert_int_equal(diff_read_json(json, &diff, NULL), -EBADMSG);
		assert_null(diff.entries);
		json_decref(json);
	}
}

static void what_was_there_at_the_start(void **state)
{
	struct diff_entry entries[3], before[3];
	struct diff now = { .entries = entries, .count = 3 };
	const struct diff baseline = { .entries = before, .count = 2 };

	(void)state;
	memset(entries, 0, sizeof(entries));
	entries[0].path = (char[]){ "/a" };
	entries[1].path = (char[]){ "/b" };
	entries[2].path = (char[]){ "/c" };
	for (int i = 0; i < 3; i++)
		entries[i].mode = S_IFREG | 0644;
	memcpy(before, entries, sizeof(before));
	entries[1].changed_ns = 1;
	diff_mark(&now, &baseline);
	assert_true(entries[0].at_start);
	assert_false(entries[1].at_start);
	assert_false(entries[2].at_start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_what_it_is),
		cmocka_unit_test(by_its_name),
		cmocka_unit_test(what_is_gone),
		cmocka_unit_test(worst_first),
		cmocka_unit_test(written_and_read_back),
		cmocka_unit_test(what_is_no_list_of_changes),
		cmocka_unit_test(what_was_there_at_the_start),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
