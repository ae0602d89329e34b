/* The bill of materials: lib/bill.h. */
#include "lib/bill.h"
#include "lib/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static int append(void *context, const void *data, size_t length)
{
	buf_append(context, data, length);
	return 0;
}

static void write_bill(const struct bill *bill, struct buf *json)
{
	struct bill_writer writer = { .write = append, .context = json };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(bill_write_begin(&writer, bill->packages,
					  bill->package_count, &diag),
			 0);
	for (size_t i = 0; i < bill->file_count; i++)
		assert_int_equal(
			bill_write_file(&writer, &bill->files[i], &diag), 0);
	assert_int_equal(bill_write_end(&writer, &diag), 0);
}

/* One of each kind. */
static struct bill sample(void)
{
	static struct bill_package packages[] = {
		{ TEXT("apache2-bin"), TEXT("2.4.62-1~deb12u2"), TEXT("amd64"),
		  TEXT("bookworm") },
		{ TEXT("libc6"), TEXT("2.36-9"), TEXT("amd64"), NULL },
	};
	static struct bill_file files[] = {
		{ .path = TEXT("/"),
		  .mode = S_IFDIR | 0755,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("the root") },
		{ .path = TEXT("/dev"),
		  .mode = S_IFDIR | 0755,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("of devices") },
		{ .path = TEXT("/dev/null"),
		  .mode = S_IFCHR | 0666,
		  .major = 1,
		  .minor = 3,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("device null") },
		{ .path = TEXT("/dev/sda"),
		  .mode = S_IFBLK | 0660,
		  .gid = 6,
		  .major = 8,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("device") },
		{ .path = TEXT("/gr\xf6\xdf"
			       "e"),
		  .mode = S_IFREG | 04755,
		  .uid = 33,
		  .gid = 33,
		  .size = 5,
		  .has_digest = true,
		  .digest = { 1, 2, 254 },
		  .package = 0,
		  .reason = TEXT("copy /gr\xf6\xdf"
				 "e") },
		{ .path = TEXT("/lib"),
		  .mode = S_IFLNK | 0777,
		  .target = TEXT("usr/lib"),
		  .package = 1,
		  .reason = TEXT("on the way"),
		  .because = TEXT("/gr\xf6\xdf"
				  "e") },
		{ .path = TEXT("/run"),
		  .mode = S_IFIFO | 0600,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("fifo"),
		  .because = TEXT("/lib") },
		{ .path = TEXT("/sock"),
		  .mode = S_IFSOCK | 0600,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("socket") },
		{ .path = TEXT("/usr"),
		  .mode = S_IFDIR | 0755,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("\"quoted\"") },
		{ .path = TEXT("/usr/a b"),
		  .mode = S_IFREG | 0644,
		  .package = 1,
		  .reason = TEXT("h\xc3\xb6rt auf") },
		{ .path = TEXT("/usr-local"),
		  .mode = S_IFDIR | 01777,
		  .package = BILL_NO_PACKAGE,
		  .reason = TEXT("") },
	};

	return (struct bill){ packages, ARRAY_SIZE(packages), files,
			      ARRAY_SIZE(files) };
}

static void test_round_trip(void **state UNUSED)
{
	struct bill bill = sample();
	CLEANUP_BILL struct bill back = BILL_INIT;
	CLEANUP_BUF struct buf json = BUF_INIT, again = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	const struct bill_file *file;

	write_bill(&bill, &json);
	if (bill_read(json.data, json.length, &back, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_int_equal(back.package_count, 2);
	assert_string_equal(back.packages[0].version, "2.4.62-1~deb12u2");
	assert_string_equal(back.packages[0].suite, "bookworm");
	assert_null(back.packages[1].suite);
	assert_int_equal(back.file_count, bill.file_count);
	for (size_t i = 0; i < bill.file_count; i++) {
		const struct bill_file *want = &bill.files[i];

		file = bill_find(&back, want->path);
		assert_ptr_equal(file, &back.files[i]);
		assert_int_equal(file->mode, want->mode);
		assert_int_equal(file->uid, want->uid);
		assert_int_equal(file->gid, want->gid);
		assert_int_equal(file->size, want->size);
		assert_int_equal(file->major, want->major);
		assert_int_equal(file->minor, want->minor);
		assert_int_equal(file->has_digest, want->has_digest);
		assert_memory_equal(file->digest, want->digest,
				    BILL_DIGEST_SIZE);
		assert_true(file->package == want->package);
		if (want->target)
			assert_string_equal(file->target, want->target);
		if (want->because)
			assert_string_equal(file->because, want->because);
		else
			assert_null(file->because);
	}
	assert_null(bill_find(&back, "/us"));
	assert_null(bill_find(&back, "/zzz"));
	/* A reason is for people: what is not text is not kept. */
	assert_string_equal(back.files[4].reason, "copy /gr??e");
	write_bill(&back, &again);
	assert_string_equal(json.data, again.data);
}

static void test_order(void **state UNUSED)
{
	const char *const ordered[] = { "/",	"/a",	"/a/b",	 "/a/b/c",
					"/a/z", "/a-",	"/a-/b", "/ab",
					"/b",	"/\xff" };

	for (size_t i = 0; i < ARRAY_SIZE(ordered); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(ordered); k++) {
			int order = bill_compare_paths(ordered[i], ordered[k]);

			assert_true((order < 0) == (i < k));
			assert_true((order == 0) == (i == k));
		}
	}
}

#define ROOT                                                                   \
	"{\"path\":\"/\",\"type\":\"directory\",\"mode\":\"0755\","            \
	"\"reason\":\"\"}"
#define DOCUMENT(files)                                                        \
	"{\"version\":1,\"packages\":[{\"name\":\"a\",\"version\":\"1\","      \
	"\"architecture\":\"all\"}],\"files\":[" files "]}"
#define FILE_ENTRY(path, rest)                                                 \
	"{\"path\":\"" path "\",\"type\":\"file\",\"mode\":\"0644\","          \
	"\"size\":1,\"reason\":\"\"" rest "}"

static void refused(const char *json, const char *reason)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(bill_read(json, strlen(json), &bill, &diag), -EBADMSG);
	if (!strstr(diag.text, reason))
		fail_msg("not refused for \"%s\": %s", reason, diag.text);
	assert_null(bill.files);
}

static void test_refusals(void **state UNUSED)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	const char *fine = DOCUMENT(ROOT "," FILE_ENTRY("/a", ""));

	assert_int_equal(bill_read(fine, strlen(fine), &bill, NULL), 0);
	refused("", "not JSON");
	refused("{\"version\":2}", "version");
	refused("{\"version\":1,\"version\":1}", "duplicate");
	refused("{\"version\":1}", "\"packages\" is missing");
	refused("{\"version\":1,\"packages\":[{}],\"files\":[]}", "package 0");
	refused(DOCUMENT(""), "no files");
	refused(DOCUMENT(FILE_ENTRY("/", "")), "not the root directory");
	refused(DOCUMENT(ROOT "," ROOT), "out of order");
	refused(DOCUMENT(ROOT
			 "," FILE_ENTRY("/b", "") "," FILE_ENTRY("/a", "")),
		"out of order");
	refused(DOCUMENT(ROOT "," FILE_ENTRY("a", "")), "normal form");
	refused(DOCUMENT(ROOT "," FILE_ENTRY("/a/../b", "")), "normal form");
	refused(DOCUMENT(ROOT "," FILE_ENTRY("/a/b", "")), "in a directory");
	refused(DOCUMENT(ROOT
			 "," FILE_ENTRY("/a", "") "," FILE_ENTRY("/a/b", "")),
		"in a directory");
	refused(DOCUMENT(ROOT "," FILE_ENTRY("/a", ",\"package\":1")),
		"among the packages");
	refused(DOCUMENT(ROOT "," FILE_ENTRY("/a", ",\"sha256\":\"12\"")),
		"not a digest");
	refused(DOCUMENT(ROOT "," FILE_ENTRY("/a", ",\"because\":\"/c\"")),
		"which is not there");
	refused(DOCUMENT(ROOT "," FILE_ENTRY("/a", ",\"because\":\"/a\"")),
		"circle");
	refused(DOCUMENT(ROOT "," FILE_ENTRY(
			"/a",
			",\"because\":\"/b\"") "," FILE_ENTRY("/b",
							      ",\"because\":\"/"
							      "a\"")),
		"circle");
	refused(DOCUMENT(ROOT ",{\"path-hex\":\"2f00\"}"), "not hexadecimal");
	refused(DOCUMENT(ROOT ",{\"path-hex\":\"2F\"}"), "not hexadecimal");
	refused(DOCUMENT(ROOT ",{\"path\":\"/a\",\"type\":\"door\","
			      "\"mode\":\"0644\"}"),
		"type of file");
	refused(DOCUMENT(ROOT ",{\"path\":\"/a\",\"type\":\"file\","
			      "\"mode\":\"0888\"}"),
		"file's mode");
	refused(DOCUMENT(ROOT ",{\"path\":\"/a\",\"type\":\"link\","
			      "\"mode\":\"0777\",\"reason\":\"\"}"),
		"no target");
	refused(DOCUMENT(ROOT ",{\"path\":\"/a\",\"type\":\"file\","
			      "\"mode\":\"0777\",\"reason\":\"\"}"),
		"\"size\" is missing");
}

static int no_space(void *context UNUSED, const void *data UNUSED,
		    size_t length UNUSED)
{
	return -ENOSPC;
}

static void test_write_error(void **state UNUSED)
{
	struct bill bill = sample();
	struct bill_writer writer = { .write = no_space };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	assert_int_equal(bill_write_begin(&writer, NULL, 0, &diag), -ENOSPC);
	assert_int_equal(bill_write_file(&writer, &bill.files[0], &diag),
			 -ENOSPC);
	assert_non_null(strstr(diag.text, "No space"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_write_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
