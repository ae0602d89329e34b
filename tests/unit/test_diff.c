/* Layers compared with the image: mount/diff.h. */
/* links: mount/diff.o mount/diff_baseline.o mount/diff_class.o
   mount/diff_list.o mount/diff_print.o */
#include "mount/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <cmocka.h>

/* An overlay over /var and a writable /tmp; the directories stand in for what
 * the kernel would have made of them. */
struct fixture {
	char root[64];
	int layer_fds[2]; /* upper directory, writable root */
	int lower_fds[2];
	struct diff_source source;
};

static const struct config_layer layers[] = {
	{ .kind = CONFIG_LAYER_OVERLAY, .path = (char[]){ "/var" } },
	{ .kind = CONFIG_LAYER_WRITABLE, .path = (char[]){ "/tmp" } },
};

enum { UPPER, WRITABLE };

static int open_directory(const struct fixture *fixture, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", fixture->root, name);
	if (mkdir(path, 0755) < 0)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->root, "/tmp/jail-diff.XXXXXX");
	if (!mkdtemp(fixture->root))
		return -1;
	fixture->layer_fds[UPPER] = open_directory(fixture, "upper");
	fixture->layer_fds[WRITABLE] = open_directory(fixture, "writable");
	fixture->lower_fds[UPPER] = open_directory(fixture, "lower");
	fixture->lower_fds[WRITABLE] = -1;
	fixture->source = (struct diff_source){
		.layers = layers,
		.layer_fds = fixture->layer_fds,
		.lower_fds = fixture->lower_fds,
		.layer_count = ARRAY_SIZE(layers),
	};
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", fixture->root);
	close_fd(&fixture->layer_fds[UPPER]);
	close_fd(&fixture->layer_fds[WRITABLE]);
	close_fd(&fixture->lower_fds[UPPER]);
	free(fixture);
	return system(command);
}

static void put(int directory, const char *name, const char *content,
		mode_t mode)
{
	CLEANUP_CLOSE int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t length = strlen(content);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, length), length);
	assert_int_equal(fchmod(fd, mode), 0);
}

/* The comparison as text must be this. */
static void expect(const struct fixture *fixture, const struct diff *baseline,
		   const char *wanted)
{
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;

	assert_int_equal(diff_scan(&fixture->source, false, &diff, NULL), 0);
	if (baseline)
		assert_int_equal(diff_subtract(&diff, baseline, NULL), 0);
	diff_print_text(&diff, &text);
	assert_string_equal(text.data ? text.data : "", wanted);
}

static void test_nothing(void **state)
{
	const struct fixture *fixture = *state;

	put(fixture->lower_fds[UPPER], "a", "a", 0644);
	expect(fixture, NULL, "");
}

static void test_kinds(void **state)
{
	const struct fixture *fixture = *state;
	int upper = fixture->layer_fds[UPPER];
	int lower = fixture->lower_fds[UPPER];

	put(lower, "changed", "one", 0644);
	put(upper, "changed", "two", 0644);
	put(lower, "touched", "same", 0644);
	put(upper, "touched", "same", 0644);
	put(lower, "mode", "same", 0644);
	put(upper, "mode", "same", 0666);
	put(upper, "new", "x", 0644);
	put(lower, "gone", "x", 0644);
	assert_int_equal(mknodat(upper, "gone", S_IFCHR, makedev(0, 0)), 0);
	assert_int_equal(mknodat(upper, "never", S_IFCHR, makedev(0, 0)), 0);
	assert_int_equal(symlinkat("target", upper, "link"), 0);
	put(fixture->layer_fds[WRITABLE], "file", "x", 0644);
	expect(fixture, NULL,
	       "! /var/changed\n"
	       "- /var/gone\n"
	       "+ /var/link -> target\n"
	       "! /var/mode\n"
	       "+ /var/new\n"
	       "+ /tmp/file\n");
}

static void test_directories(void **state)
{
	const struct fixture *fixture = *state;
	int upper = fixture->layer_fds[UPPER];
	int lower = fixture->lower_fds[UPPER];

	/* Copied up for what was made in it. */
	assert_int_equal(mkdirat(lower, "log", 0755), 0);
	assert_int_equal(mkdirat(upper, "log", 0755), 0);
	put(upper, "log/new", "x", 0644);
	assert_int_equal(mkdirat(lower, "open", 0755), 0);
	assert_int_equal(mkdirat(upper, "open", 0700), 0);
	assert_int_equal(mkdirat(upper, "made", 0755), 0);
	put(upper, "made/in", "x", 0644);
	put(lower, "file", "x", 0644);
	assert_int_equal(mkdirat(upper, "file", 0755), 0);
	expect(fixture, NULL,
	       "! /var/file/\n"
	       "+ /var/log/new\n"
	       "+ /var/made/\n"
	       "+ /var/made/in\n"
	       "! /var/open/\n");
}

static void test_opaque(void **state)
{
	const struct fixture *fixture = *state;
	int upper = fixture->layer_fds[UPPER];
	int lower = fixture->lower_fds[UPPER];
	CLEANUP_CLOSE int fd = -1;

	assert_int_equal(mkdirat(lower, "www", 0755), 0);
	assert_int_equal(mkdirat(upper, "www", 0755), 0);
	put(lower, "www/index", "same", 0644);
	put(upper, "www/index", "same", 0644);
	fd = openat(upper, "www", O_RDONLY | O_DIRECTORY);
	if (fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0)
		skip(); /* not root */
	expect(fixture, NULL,
	       "= /var/www/\n"
	       "+ /var/www/index\n");
}

static void test_traits(void **state)
{
	const struct fixture *fixture = *state;
	int writable = fixture->layer_fds[WRITABLE];

	put(writable, "elf", "\177ELF\2\1\1", 0755);
	put(writable, "script", "#!/bin/sh\n", 0644);
	put(writable, "suid", "x", 04755);
	put(writable, "both", "\177ELF", 06755);
	put(writable, "short", "#", 0755);
	expect(fixture, NULL,
	       "+ /tmp/both  (ELF, set-uid, set-gid)\n"
	       "+ /tmp/elf  (ELF)\n"
	       "+ /tmp/script  (script)\n"
	       "+ /tmp/short\n"
	       "+ /tmp/suid  (set-uid)\n");
}

/* Names are the intruder's choice. */
static void test_names(void **state)
{
	const struct fixture *fixture = *state;
	int writable = fixture->layer_fds[WRITABLE];

	put(writable, "a\nb\033[2J", "x", 0644);
	put(writable, "\xff\\", "x", 0644);
	assert_int_equal(symlinkat("\033c", writable, "l"), 0);
	expect(fixture, NULL,
	       "+ /tmp/\\xff\\\\\n"
	       "+ /tmp/a\\x0ab\\x1b[2J\n"
	       "+ /tmp/l -> \\x1bc\n");
}

/* A FIFO must not be opened, and a link not be followed. */
static void test_traps(void **state)
{
	const struct fixture *fixture = *state;
	int upper = fixture->layer_fds[UPPER];
	int lower = fixture->lower_fds[UPPER];

	assert_int_equal(mkfifoat(upper, "fifo", 0755), 0);
	put(lower, "was", "x", 0644);
	assert_int_equal(mkfifoat(upper, "was", 0644), 0);
	assert_int_equal(symlinkat("/", upper, "root"), 0);
	/* No whiteout where there is nothing to hide. */
	assert_int_equal(mknodat(fixture->layer_fds[WRITABLE], "white", S_IFCHR,
				 makedev(0, 0)),
			 0);
	expect(fixture, NULL,
	       "+ /var/fifo\n"
	       "+ /var/root -> /\n"
	       "! /var/was\n"
	       "+ /tmp/white  (device)\n");
}

static void test_depth(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	int directory = dup(fixture->layer_fds[WRITABLE]);

	for (int i = 0; i < DIFF_DEPTH_MAX + 10; i++) {
		int deeper;

		assert_int_equal(mkdirat(directory, "d", 0755), 0);
		deeper = openat(directory, "d", O_RDONLY | O_DIRECTORY);
		assert_true(deeper >= 0);
		(void)close(directory);
		directory = deeper;
	}
	(void)close(directory);
	assert_int_equal(diff_scan(&fixture->source, false, &diff, NULL), 0);
	assert_true(diff.truncated);
	assert_int_equal(diff.count, DIFF_DEPTH_MAX + 1);
}

/* --- What outlives the jail ----------------------------------------------- */

static void test_kept(void **state)
{
	const struct fixture *fixture = *state;
	const struct diff_kept kept = { "/kept", fixture->layer_fds[UPPER] };
	const int64_t never = INT64_MAX / 1000;
	CLEANUP_DIFF struct diff diff = DIFF_INIT, more = DIFF_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;

	assert_int_equal(mkdirat(kept.fd, "sub", 0755), 0);
	put(kept.fd, "sub/tool", "\177ELF", 0755);
	put(kept.fd, "data", "x", 0644);
	assert_int_equal(symlinkat("/", kept.fd, "link"), 0);
	assert_int_equal(diff_scan_kept(&kept, 1, never, &diff, NULL), 0);
	assert_int_equal(diff.count, 0);
	assert_int_equal(diff_scan_kept(&kept, 1, 1, &more, NULL), 0);
	assert_int_equal(diff_append(&diff, &more, NULL), 0);
	assert_int_equal(more.count, 0);
	assert_int_equal(diff.count, 3);
	/* When it was made not every file system tells. */
	for (size_t i = 0; i < diff.count; i++)
		diff.entries[i].change = DIFF_ADDED;
	diff_print_text(&diff, &text);
	assert_string_equal(text.data, "+ /kept/data  (kept)\n"
				       "+ /kept/link -> /  (kept)\n"
				       "+ /kept/sub/tool  (ELF, kept)\n");
}

/* --- Since when ----------------------------------------------------------- */

static void scan_baseline(const struct fixture *fixture, struct diff *baseline)
{
	CLEANUP_DIFF struct diff scanned = DIFF_INIT;
	json_t *json;

	assert_int_equal(diff_scan(&fixture->source, true, &scanned, NULL), 0);
	/* As it travels to the client. */
	json = diff_baseline_write(&scanned);
	assert_non_null(json);
	assert_int_equal(diff_baseline_read(json, baseline, NULL), 0);
	json_decref(json);
	assert_int_equal(baseline->count, scanned.count);
}

static void test_baseline(void **state)
{
	const struct fixture *fixture = *state;
	int upper = fixture->layer_fds[UPPER];
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;

	assert_int_equal(mkdirat(upper, "run", 0755), 0);
	put(upper, "run/pid", "1", 0644);
	put(upper, "run/lock", "", 0644);
	put(upper, "log", "started", 0644);
	scan_baseline(fixture, &baseline);
	expect(fixture, &baseline, "");
	put(upper, "log", "started, served", 0644);
	put(upper, "run/shell", "#!/bin/sh", 0755);
	assert_int_equal(unlinkat(upper, "run/lock", 0), 0);
	expect(fixture, &baseline,
	       "+ /var/log\n"
	       "- /var/run/lock\n"
	       "+ /var/run/shell  (script)\n");
	/* Against the image it is all of it. */
	expect(fixture, NULL,
	       "+ /var/log\n"
	       "+ /var/run/\n"
	       "+ /var/run/pid\n"
	       "+ /var/run/shell  (script)\n");
}

/* Taken away and put back is not what was there. */
static void test_baseline_replaced(void **state)
{
	const struct fixture *fixture = *state;
	int writable = fixture->layer_fds[WRITABLE];
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;

	put(writable, "file", "x", 0644);
	scan_baseline(fixture, &baseline);
	put(writable, "other", "x", 0644);
	assert_int_equal(renameat(writable, "other", writable, "file"), 0);
	expect(fixture, &baseline, "+ /tmp/file\n");
}

static void test_baseline_directory(void **state)
{
	const struct fixture *fixture = *state;
	int writable = fixture->layer_fds[WRITABLE];
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;

	assert_int_equal(mkdirat(writable, "directory", 0755), 0);
	scan_baseline(fixture, &baseline);
	assert_int_equal(mkdirat(writable, "other", 0755), 0);
	assert_int_equal(unlinkat(writable, "directory", AT_REMOVEDIR), 0);
	assert_int_equal(renameat(writable, "other", writable, "directory"), 0);
	expect(fixture, &baseline, "+ /tmp/directory/\n");
}

/* What the start-up had deleted is there again, as the image has it. */
static void test_baseline_whiteout(void **state)
{
	const struct fixture *fixture = *state;
	int upper = fixture->layer_fds[UPPER];
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;

	put(fixture->lower_fds[UPPER], "file", "x", 0644);
	assert_int_equal(mknodat(upper, "file", S_IFCHR, makedev(0, 0)), 0);
	scan_baseline(fixture, &baseline);
	expect(fixture, &baseline, "");
	assert_int_equal(unlinkat(upper, "file", 0), 0);
	expect(fixture, &baseline, "");
}

static void test_json(void **state)
{
	const struct fixture *fixture = *state;
	CLEANUP_DIFF struct diff diff = DIFF_INIT;
	const json_t *entry;
	json_t *json;

	put(fixture->layer_fds[WRITABLE], "suid", "\177ELF", 04755);
	assert_int_equal(diff_scan(&fixture->source, false, &diff, NULL), 0);
	json = diff_print_json(&diff, (uint32_t)getuid());
	assert_non_null(json);
	entry = json_array_get(json_object_get(json, "changes"), 0);
	assert_string_equal(json_string_value(json_object_get(entry, "path")),
			    "/tmp/suid");
	assert_string_equal(json_string_value(json_object_get(entry, "change")),
			    "added");
	assert_string_equal(json_string_value(json_object_get(entry, "mode")),
			    "4755");
	assert_int_equal(json_integer_value(json_object_get(entry, "uid")), 0);
	assert_int_equal(json_integer_value(json_object_get(entry, "size")), 4);
	assert_int_equal(json_array_size(json_object_get(entry, "traits")), 2);
	json_decref(json);
}

static void test_bad_baseline(void **state UNUSED)
{
	CLEANUP_DIFF struct diff baseline = DIFF_INIT;
	json_t *json = json_pack("[[i,s]]", 1, "x");

	assert_int_equal(diff_baseline_read(json, &baseline, NULL), -EBADMSG);
	json_decref(json);
}

#define WITH_LAYERS(test)                                                      \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LAYERS(test_nothing),
		WITH_LAYERS(test_kinds),
		WITH_LAYERS(test_directories),
		WITH_LAYERS(test_opaque),
		WITH_LAYERS(test_traits),
		WITH_LAYERS(test_names),
		WITH_LAYERS(test_traps),
		WITH_LAYERS(test_depth),
		WITH_LAYERS(test_kept),
		WITH_LAYERS(test_baseline),
		WITH_LAYERS(test_baseline_replaced),
		WITH_LAYERS(test_baseline_directory),
		WITH_LAYERS(test_baseline_whiteout),
		WITH_LAYERS(test_json),
		cmocka_unit_test(test_bad_baseline),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
