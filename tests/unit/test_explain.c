/* What --explain looks at, and which lines come of it: mount/explain_calls.h,
 * explain_line.h, explain_list.h, explain_powers.h. */
/* links: mount/explain_calls.o mount/explain_line.o mount/explain_list.o
   mount/explain_powers.o mount/explain_print.o mount/explain_word.o */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <cmocka.h>
#include <jansson.h>

#include "mount/explain_calls.h"
#include "mount/explain_line.h"
#include "mount/explain_list.h"
#include "mount/explain_powers.h"

/* --- What a call wants ---------------------------------------------------- */

static struct explain_wish wish_of(long number, uint64_t a1, uint64_t a2,
				   uint64_t a3)
{
	const uint64_t arguments[6] = { (uint64_t)AT_FDCWD, a1, a2, a3 };
	const struct explain_call *call = explain_call_find((uint32_t)number);

	assert_non_null(call);
	return explain_call_wish(call, arguments, a3);
}

static void reading_wants_it_there(void **state UNUSED)
{
	struct explain_wish wish = wish_of(SYS_openat, 0, O_RDONLY, 0);

	assert_true(wish.exists && wish.lists && wish.follow);
	assert_false(wish.writes || wish.creates || wish.removes);
	wish = wish_of(SYS_openat, 0, O_PATH | O_NOFOLLOW, 0);
	assert_true(wish.exists);
	assert_false(wish.lists || wish.follow);
	wish = wish_of(SYS_newfstatat, 0, 0, AT_SYMLINK_NOFOLLOW);
	assert_true(wish.exists);
	assert_false(wish.follow);
	wish = wish_of(SYS_readlinkat, 0, 0, 0);
	assert_false(wish.follow);
	assert_true(wish_of(SYS_newfstatat, 0, 0, AT_EMPTY_PATH).itself);
}

static void writing_wants_it_writable(void **state UNUSED)
{
	struct explain_wish wish;

	wish = wish_of(SYS_openat, 0, O_WRONLY, 0);
	assert_true(wish.exists && wish.writes);
	wish = wish_of(SYS_openat, 0, O_RDONLY | O_CREAT, 0);
	assert_true(wish.creates);
	assert_false(wish.exists || wish.writes);
	wish = wish_of(SYS_openat, 0, O_WRONLY | O_CREAT | O_TRUNC, 0);
	assert_true(wish.creates && wish.writes && wish.follow);
	/* It fails with EEXIST, whatever can be written there. */
	wish = wish_of(SYS_openat, 0, O_WRONLY | O_CREAT | O_EXCL, 0);
	assert_true(wish.creates);
	assert_false(wish.writes || wish.follow);
	wish = wish_of(SYS_openat, 0, O_TMPFILE | O_RDWR, 0);
	assert_true(wish.exists && wish.writes);
	wish = wish_of(SYS_faccessat, 0, W_OK, 0);
	assert_true(wish.exists && wish.writes);
	wish = wish_of(SYS_faccessat, 0, R_OK, 0);
	assert_false(wish.writes);
	wish = wish_of(SYS_mkdirat, 0, 0755, 0);
	assert_true(wish.creates);
	wish = wish_of(SYS_unlinkat, 0, 0, 0);
	assert_true(wish.removes);
	assert_false(wish.exists);
	/* Its flags are behind a pointer, which is the last argument here. */
	wish = wish_of(SYS_openat2, 0, 0, O_RDWR);
	assert_true(wish.exists && wish.writes);
}

static void both_names_of_a_rename(void **state UNUSED)
{
	const struct explain_call *call = explain_call_find(SYS_renameat2);

	assert_int_equal(call[0].act, EXPLAIN_REMOVE);
	assert_int_equal(call[0].path, 1);
	assert_int_equal(call[1].number, SYS_renameat2);
	assert_int_equal(call[1].act, EXPLAIN_CREATE);
	assert_int_equal(call[1].path, 3);
	assert_null(explain_call_find(SYS_read));
}

static void rows_of_a_call_stand_together(void **state UNUSED)
{
	for (size_t i = 0; i < explain_call_count; i++) {
		uint32_t number = explain_calls[i].number;
		size_t end = i;

		if (i > 0 && explain_calls[i - 1].number == number)
			continue;
		while (end < explain_call_count &&
		       explain_calls[end].number == number)
			end++;
		for (; end < explain_call_count; end++)
			assert_int_not_equal(explain_calls[end].number, number);
	}
}

/* --- Powers --------------------------------------------------------------- */

static int power(long number, uint64_t a0, uint64_t a1, uint64_t a2,
		 const struct explain_ids *ids)
{
	const uint64_t arguments[6] = { a0, a1, a2 };

	return explain_power_missing((uint32_t)number, arguments, ids);
}

static void changing_ids_takes_powers(void **state UNUSED)
{
	const struct explain_ids root = { .capabilities = 0 };
	const struct explain_ids able = {
		.capabilities = 1U << CAP_SETUID | 1U << CAP_CHOWN,
	};

	assert_int_equal(power(SYS_setuid, 33, 0, 0, &root), CAP_SETUID);
	assert_int_equal(power(SYS_setuid, 33, 0, 0, &able), -1);
	assert_int_equal(power(SYS_setuid, 0, 0, 0, &root), -1);
	assert_int_equal(power(SYS_setresuid, (uint32_t)-1, 33, 0, &root),
			 CAP_SETUID);
	assert_int_equal(power(SYS_setresuid, UINT64_MAX, 0, 0, &root), -1);
	assert_int_equal(power(SYS_setgid, 33, 0, 0, &able), CAP_SETGID);
	assert_int_equal(power(SYS_setgroups, 0, 0, 0, &root), CAP_SETGID);
	assert_int_equal(power(SYS_fchown, 3, 33, 33, &root), CAP_CHOWN);
	assert_int_equal(power(SYS_fchown, 3, 33, 33, &able), -1);
	assert_int_equal(power(SYS_fchown, 3, (uint32_t)-1, 33, &root), -1);
	assert_int_equal(power(SYS_read, 3, 33, 33, &root), -1);
}

/* --- Lines ---------------------------------------------------------------- */

static char host_name[] = "web";

static void missing(const struct explain_missing *what,
		    const struct config *config, enum explain_worth worth,
		    const char *wanted)
{
	CLEANUP_BUF struct buf line = BUF_INIT;
	CLEANUP_BUF struct buf note = BUF_INIT;

	assert_int_equal(explain_missing_line(what, config, &line, &note),
			 worth);
	if (worth != EXPLAIN_NOTHING)
		assert_string_equal(line.data, wanted);
}

static void is_line(const char *path, mode_t mode, const char *wanted)
{
	const struct config config = { .hostname = host_name };
	const struct explain_missing what = { .path = path,
					      .status.st_mode = mode,
					      .lists = true };

	missing(&what, &config, EXPLAIN_LINE, wanted);
}

static void no_line(const char *path, mode_t mode)
{
	const struct config config = CONFIG_INIT;
	const struct explain_missing what = { .path = path,
					      .status.st_mode = mode };

	missing(&what, &config, EXPLAIN_NOTHING, NULL);
}

static void files(void **state UNUSED)
{
	is_line("/etc/mime.types", S_IFREG | 0644, "copy /etc/mime.types");
	is_line("/etc/localtime", S_IFLNK | 0777, "copy /etc/localtime");
	is_line("/etc/nginx/sites", S_IFDIR | 0755, "copy /etc/nginx/sites");
	is_line("/srv", S_IFDIR | 0755, "dir /srv 0755");
	is_line("/run/app", S_IFDIR | 0755, "dir /run/app 0755");
	is_line("/etc/passwd", S_IFREG | 0644,
		"# user NAME, for each that it needs");
	is_line("/etc/hosts", S_IFREG | 0644, "hostname web");
	is_line("/run/mysqld/sock", S_IFSOCK | 0777, "# share /run/mysqld");
	is_line("/proc/self/stat", 0, "proc");
	is_line("/proc/17/stat", 0, "proc");
	is_line("/proc", 0, "proc");
	no_line("/proc/cpuinfo", S_IFREG | 0444);
	no_line("/run/nginx.pid", S_IFREG | 0644);
	no_line("/tmp/x", S_IFREG | 0644);
	no_line("/sys/kernel", S_IFDIR | 0755);
	no_line("/etc/fifo", S_IFIFO | 0644);
}

static void owners_are_numbers(void **state UNUSED)
{
	const struct config config = CONFIG_INIT;
	struct explain_missing what = {
		.path = "/var/log/nginx",
		.status = { .st_mode = S_IFDIR | 02755,
			    .st_uid = 33,
			    .st_gid = 4 },
	};

	missing(&what, &config, EXPLAIN_LINE, "dir /var/log/nginx 0755 33:4");
	/* No user of a jail. */
	what.status.st_uid = 100000;
	missing(&what, &config, EXPLAIN_LINE, "dir /var/log/nginx 0755");
}

static void devices(void **state UNUSED)
{
	const struct config config = CONFIG_INIT;
	struct explain_missing what = { .path = "/dev/fuse" };

	is_line("/dev/null", S_IFCHR | 0666, "device null");
	is_line("/dev/log", S_IFLNK | 0777, "device log");
	is_line("/dev/stdout", S_IFLNK | 0777, "device stdout");
	no_line("/dev/pts/0", S_IFCHR | 0620);
	no_line("/dev/shm", S_IFDIR | 01777);
	no_line("/dev", S_IFDIR | 0755);
	what.status.st_mode = S_IFCHR | 0666;
	what.status.st_rdev = makedev(10, 229);
	missing(&what, &config, EXPLAIN_LINE, "device /dev/fuse c 10 229 0666");
}

static void links_and_layers(void **state UNUSED)
{
	static char path[] = "/var";
	const struct config config = CONFIG_INIT;
	const struct config_layer layer = { .path = path };
	const struct explain_missing link = { .path = "/bin/sh",
					      .status.st_mode = S_IFLNK | 0777,
					      .link = "/bin",
					      .link_target = "usr/bin" };
	const struct explain_missing hidden = { .path = "/var/lib/x",
						.hidden_by = &layer };

	missing(&link, &config, EXPLAIN_LINE, "link /bin usr/bin");
	missing(&hidden, &config, EXPLAIN_LINE,
		"# overlay /var 16M, in place of: writable /var");
}

static void bundles(void **state UNUSED)
{
	const struct config config = CONFIG_INIT;
	struct explain_missing what = { .path = "/etc/nsswitch.conf",
					.status.st_mode = S_IFREG,
					.of_host = true };

	missing(&what, &config, EXPLAIN_LINE, "with dns");
	what.path = "/etc/localtime";
	missing(&what, &config, EXPLAIN_LINE, "with timezone");
	what.of_host = false;
	missing(&what, &config, EXPLAIN_LINE, "copy /etc/localtime");
}

static void what_programs_do_without(void **state UNUSED)
{
	const struct config config = CONFIG_INIT;
	const struct explain_missing what = { .path = "/etc/ld.so.cache",
					      .status.st_mode = S_IFREG };

	missing(&what, &config, EXPLAIN_USUAL, "copy /etc/ld.so.cache");
}

/* A name that the jail's opponent chose must not become a line of its own. */
static void names_stay_names(void **state UNUSED)
{
	/* U+202E, byte by byte: also a linter takes it for an attack. */
	static const char right_to_left[] = { '/', 'a', '\xe2', '\x80', '\xae',
					      't', 'x', 't',	'\0' };

	is_line("/a b", S_IFREG, "copy '/a b'");
	is_line("/a'b", S_IFREG, "copy \"/a'b\"");
	is_line("/a'$\"\\b", S_IFREG, "copy \"/a'\\$\\\"\\\\b\"");
	is_line("/a;b#c", S_IFREG, "copy '/a;b#c'");
	is_line("/a<<EOF", S_IFREG, "copy '/a<<EOF'");
	is_line("/a*[b?", S_IFREG, "copy /a[*][[]b[?]");
	is_line("/a\nrun /bin/sh", S_IFREG,
		"# copy /a\\x0arun /bin/sh, which no recipe can name");
	is_line("/a\xff", S_IFREG, "# copy /a\\xff, which no recipe can name");
	is_line(right_to_left, S_IFREG,
		"# copy /a\\xe2\\x80\\xaetxt, which no recipe can name");
}

static void writes(const char *path, const char *directory, const char *wanted)
{
	const struct config config = CONFIG_INIT;
	CLEANUP_BUF struct buf line = BUF_INIT;
	CLEANUP_BUF struct buf note = BUF_INIT;
	enum explain_worth worth =
		explain_write_line(path, directory, &config, &line, &note);

	if (wanted)
		assert_string_equal(line.data, wanted);
	else
		assert_int_equal(worth, EXPLAIN_NOTHING);
}

static void what_is_read_only(void **state UNUSED)
{
	writes("/var/log/x", "/var/log", "overlay /var/log 16M");
	writes("/tmp/x", "/tmp", "writable /tmp 16M 1777");
	writes("/x", "/", "# writable /x 16M, if it is to be a directory");
	writes("/dev/x", "/dev", NULL);
	writes("/usr/lib/python3/__pycache__", "/usr/lib/python3",
	       "env PYTHONDONTWRITEBYTECODE=1");
}

static void shares(void **state UNUSED)
{
	static char source[] = "/home/*/html", path[] = "/srv";
	struct config_share share = { .source = source, .path = path };
	const struct config config = { .shares = &share, .share_count = 1 };
	CLEANUP_BUF struct buf line = BUF_INIT;
	CLEANUP_BUF struct buf note = BUF_INIT;

	assert_int_equal(explain_write_line("/srv/a/html/x", "/srv/a/html",
					    &config, &line, &note),
			 EXPLAIN_LINE);
	assert_string_equal(line.data, "# share /home/*/html at /srv rw, in "
				       "place of: ro");
}

/* --- The list ------------------------------------------------------------- */

struct sample {
	const char *subject, *line, *package, *directory;
	bool packed, usual;
};

static int add(struct explain_list *list, const struct sample *sample)
{
	struct explain_finding finding = {
		.kind = sample->directory ? EXPLAIN_IS_READ_ONLY
					  : EXPLAIN_IS_MISSING,
		.subject = strdup(sample->subject),
		.call = strdup("openat"),
		.command = strdup("ngi\033nx"),
		.line = strdup(sample->line),
		.package = sample->package ? strdup(sample->package) : NULL,
		.directory =
			sample->directory ? strdup(sample->directory) : NULL,
		.packed = sample->packed,
		.usual = sample->usual,
	};

	return explain_list_add(list, &finding);
}

static void lines_are(const struct explain_list *list, bool usual,
		      const char *wanted)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	char **lines;

	assert_int_equal(explain_list_lines(list, usual, &lines), 0);
	for (char **line = lines; *line; line++)
		buf_printf(&text, "%s\n", *line);
	assert_string_equal(text.data ? text.data : "", wanted);
	strv_free(lines);
}

static void each_once_and_sorted(void **state UNUSED)
{
	CLEANUP_EXPLAIN_LIST struct explain_list list = EXPLAIN_LIST_INIT;

	lines_are(&list, true, "");
	assert_int_equal(add(&list, &(struct sample){ .subject = "/b",
						      .line = "copy /b",
						      .package = "one",
						      .packed = true }),
			 1);
	assert_int_equal(add(&list, &(struct sample){ .subject = "/a",
						      .line = "copy /a" }),
			 1);
	assert_int_equal(add(&list, &(struct sample){ .subject = "/b",
						      .line = "copy /b" }),
			 0);
	assert_int_equal(add(&list, &(struct sample){ .subject = "/c",
						      .line = "copy /c",
						      .usual = true }),
			 1);
	lines_are(&list, false, "copy /a\ncopy /b\n");
	lines_are(&list, true, "copy /a\ncopy /b\ncopy /c\n");
	assert_int_equal(add(&list, &(struct sample){ .subject = "/c",
						      .line = "copy /c" }),
			 1);
	lines_are(&list, false, "copy /a\ncopy /b\ncopy /c\n");
	assert_int_equal(list.count, 3);
}

static void outer_directories_stand_for_inner(void **state UNUSED)
{
	CLEANUP_EXPLAIN_LIST struct explain_list list = EXPLAIN_LIST_INIT;

	add(&list, &(struct sample){ .subject = "/var/a/x",
				     .line = "overlay /var/a 16M",
				     .directory = "/var/a" });
	add(&list, &(struct sample){ .subject = "/variety/x",
				     .line = "overlay /variety 16M",
				     .directory = "/variety" });
	add(&list, &(struct sample){ .subject = "/var/x",
				     .line = "overlay /var 16M",
				     .directory = "/var" });
	lines_are(&list, false, "overlay /var 16M\noverlay /variety 16M\n");
}

static void packages(void **state UNUSED)
{
	CLEANUP_EXPLAIN_LIST struct explain_list list = EXPLAIN_LIST_INIT;

	add(&list, &(struct sample){ .subject = "/m1",
				     .line = "copy /m1",
				     .package = "many" });
	add(&list, &(struct sample){ .subject = "/m2",
				     .line = "copy /m2",
				     .package = "many" });
	add(&list, &(struct sample){ .subject = "/m3",
				     .line = "copy /m3",
				     .package = "many" });
	add(&list, &(struct sample){ .subject = "/p1",
				     .line = "copy /p1",
				     .package = "there",
				     .packed = true });
	lines_are(&list, false,
		  "copy /m1\ncopy /m2\ncopy /m3\ncopy /p1\nfetch many\n");
	add(&list, &(struct sample){ .subject = "/m4",
				     .line = "copy /m4",
				     .package = "many" });
	add(&list, &(struct sample){ .subject = "/usr/share/doc/many/x",
				     .line = "copy /usr/share/doc/many/x",
				     .package = "many" });
	lines_are(&list, false,
		  "copy /p1\ncopy /usr/share/doc/many/x\npackage many\n");
}

static void it_has_a_limit(void **state UNUSED)
{
	CLEANUP_EXPLAIN_LIST struct explain_list list = EXPLAIN_LIST_INIT;
	char line[32], path[32];

	for (int i = 0; i <= EXPLAIN_FINDINGS_MAX; i++) {
		(void)snprintf(line, sizeof(line), "copy /%d", i);
		assert_int_equal(
			add(&list, &(struct sample){ .subject = line + 5,
						     .line = line }),
			i < EXPLAIN_FINDINGS_MAX);
	}
	assert_true(list.full);
	for (int i = 0; i < EXPLAIN_UNFOUND_MAX + 1000; i++) {
		(void)snprintf(path, sizeof(path), "/%d", i);
		assert_int_equal(explain_list_count(&list, path), 0);
	}
	assert_int_equal(list.unfound_count, EXPLAIN_UNFOUND_MAX);
}

static void as_text(void **state UNUSED)
{
	CLEANUP_EXPLAIN_LIST struct explain_list list = EXPLAIN_LIST_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	CLEANUP_BUF struct buf message = BUF_INIT;

	add(&list, &(struct sample){ .subject = "/a\033[2J",
				     .line = "copy /a",
				     .package = "one" });
	add(&list, &(struct sample){
			   .subject = "/c", .line = "copy /c", .usual = true });
	assert_int_equal(explain_list_count(&list, "/no"), 0);
	assert_int_equal(explain_list_count(&list, "/no"), 0);
	explain_finding_print(&list.findings[0], &message);
	assert_string_equal(message.data,
			    "missing: /a\\x1b[2J, openat by ngi\\x1bnx: copy "
			    "/a (package one)");
	assert_int_equal(explain_list_print(&list, false, &text), 0);
	assert_string_equal(
		text.data,
		"# What this run was missing, for the recipe:\n"
		"# 1 paths were looked for that are nowhere\n"
		"# 1 lines for what programs do without are left out; --all "
		"lists them\n"
		"copy /a\nfetch one\n");
}

static void as_json(void **state UNUSED)
{
	CLEANUP_EXPLAIN_LIST struct explain_list list = EXPLAIN_LIST_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	json_t *whole, *finding;

	add(&list, &(struct sample){ .subject = "/a\xff",
				     .line = "copy /a",
				     .package = "one" });
	assert_int_equal(explain_list_print_json(&list, false, &text), 0);
	whole = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(whole);
	assert_int_equal(json_array_size(json_object_get(whole, "lines")), 2);
	finding = json_array_get(json_object_get(whole, "findings"), 0);
	assert_string_equal(
		json_string_value(json_object_get(finding, "subject")),
		"/a\\xff");
	assert_true(json_is_null(json_object_get(finding, "origin")));
	assert_true(json_is_true(json_object_get(whole, "complete")));
	json_decref(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_wants_it_there),
		cmocka_unit_test(writing_wants_it_writable),
		cmocka_unit_test(both_names_of_a_rename),
		cmocka_unit_test(rows_of_a_call_stand_together),
		cmocka_unit_test(changing_ids_takes_powers),
		cmocka_unit_test(files),
		cmocka_unit_test(owners_are_numbers),
		cmocka_unit_test(devices),
		cmocka_unit_test(links_and_layers),
		cmocka_unit_test(bundles),
		cmocka_unit_test(what_programs_do_without),
		cmocka_unit_test(names_stay_names),
		cmocka_unit_test(what_is_read_only),
		cmocka_unit_test(shares),
		cmocka_unit_test(each_once_and_sorted),
		cmocka_unit_test(outer_directories_stand_for_inner),
		cmocka_unit_test(packages),
		cmocka_unit_test(it_has_a_limit),
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
