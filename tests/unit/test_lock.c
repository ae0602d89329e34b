/* Lock files: pack/lock.h. */
/* links: pack/lock.o pack/lock_text.o */
#include "pack/lock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DIGEST                                                                 \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define FIRST "jailpack lock 1\n"

static const char whole[] =
	FIRST "archive " DIGEST " a file.tar.gz\n"
	      "archive " DIGEST " größe.tar\n"
	      "build " DIGEST " 1\n"
	      "build " DIGEST " 12\n"
	      "build " DIGEST " 2\n"
	      "debian a+b all 1:2.0~x-1 0 " DIGEST " needed\n"
	      "debian demo amd64 2.0 12345 " DIGEST " named\n"
	      "debian demo i386 2.0 12345 " DIGEST " needed\n"
	      "host libc6 amd64 2.36-9+deb12u14\n"
	      "suite bookworm\n";

static int parse(const char *text, struct lock *lock, struct diag *diag)
{
	return lock_parse("x.lock", text, strlen(text), lock, diag);
}

static void test_whole(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_LOCK struct lock lock = LOCK_INIT;
	CLEANUP_BUF struct buf again = BUF_INIT;
	const struct lock_entry *demo;

	if (parse(whole, &lock, &diag) < 0)
		fail_msg("%s", diag.text);
	assert_int_equal(lock.count, 10);
	assert_int_equal(lock_format(&lock, &again, &diag), 0);
	assert_string_equal(again.data, whole);
	assert_true(lock_has(&lock, LOCK_SUITE));
	demo = lock_find(&lock, LOCK_DEBIAN, "demo", NULL);
	assert_string_equal(demo->architecture, "amd64");
	assert_int_equal(demo->size, 12345);
	assert_int_equal(demo->sha256[1], 0x11);
	assert_true(demo->named);
	demo = lock_find(&lock, LOCK_DEBIAN, "demo", "i386");
	assert_false(demo->named);
	assert_null(lock_find(&lock, LOCK_HOST, "demo", NULL));
	assert_null(lock_find(&lock, LOCK_DEBIAN, "demo", "arm64"));
	assert_non_null(lock_find(&lock, LOCK_ARCHIVE, "a file.tar.gz", NULL));
}

static void test_empty(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_LOCK struct lock lock = LOCK_INIT;

	assert_int_equal(parse(FIRST, &lock, &diag), 0);
	assert_int_equal(lock.count, 0);
}

static void refuses(const char *text, const char *reason)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct lock lock = { .count = 7 };

	assert_int_equal(parse(text, &lock, &diag), -EBADMSG);
	if (!strstr(diag.text, reason))
		fail_msg("'%s' is not in '%s'", reason, diag.text);
	assert_non_null(diag.hint);
	assert_int_equal(lock.count, 7); /* untouched */
}

static void test_refusals(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct lock lock = LOCK_INIT;
	char spaces[LOCK_WORD_MAX + 64];

	refuses("", "x.lock:1: it does not begin");
	refuses("jailpack lock 2\n", "x.lock:1: it does not begin");
	refuses("jailpack lock 1", "x.lock:1: the last line has no end");
	refuses(FIRST "host a amd64 1", "x.lock:2: the last line has no end");
	refuses(FIRST "\n", "x.lock:2: the line begins with none of");
	refuses(FIRST "package a amd64 1\n", "x.lock:2: the line begins with");
	refuses(FIRST " host a amd64 1\n", "x.lock:2: the line begins with");
	refuses(FIRST "host a amd64 1 \n", "x.lock:2: the line has more");
	refuses(FIRST "host a  1\n", "names nothing");
	refuses(FIRST "host a amd64\n", "names nothing");
	refuses(FIRST "host A amd64 1\n", "names nothing");
	refuses(FIRST "host a amd64 1_2\n", "names nothing");
	refuses(FIRST "host a/b amd64 1\n", "names nothing");
	refuses(FIRST "host\ta amd64 1\n", "begins with none of");
	refuses(FIRST "host b amd64 1\nhost a amd64 1\n",
		"x.lock:3: the line does not stand where");
	refuses(FIRST "host a amd64 1\nhost a amd64 1\n", "x.lock:3: the line");
	refuses(FIRST "host a amd64 1\nhost a amd64 2\n", "x.lock:3: the line");
	refuses(FIRST "host a amd64 1\narchive " DIGEST " x\n", "x.lock:3");
	refuses(FIRST "archive x y\n", "has no SHA-256");
	refuses(FIRST "archive " DIGEST "\n", "names nothing");
	refuses(FIRST "archive " DIGEST "  x\n", "names nothing");
	refuses(FIRST "archive " DIGEST " \n", "names nothing");
	refuses(FIRST "archive " DIGEST " x\033y\n", "names nothing");
	refuses(FIRST "archive " DIGEST " x\xffy\n", "names nothing");
	refuses(FIRST "build " DIGEST " 0\n", "names nothing");
	refuses(FIRST "build " DIGEST " 01\n", "names nothing");
	refuses(FIRST "build " DIGEST " make\n", "names nothing");
	refuses(FIRST "build " DIGEST " 1 make\n", "names nothing");
	refuses(FIRST "build 1 " DIGEST "\n", "has no SHA-256");
	refuses(FIRST "debian a all 1 007 " DIGEST " named\n", "has no size");
	refuses(FIRST "debian a all 1 -7 " DIGEST " named\n", "has no size");
	refuses(FIRST "debian a all 1 99999999999999999999 " DIGEST " named\n",
		"has no size");
	refuses(FIRST "debian a all 1 7 " DIGEST "0 named\n", "has no SHA-256");
	refuses(FIRST "debian a all 1 7 " DIGEST "\n", "neither named nor");
	refuses(FIRST "debian a all 1 7 " DIGEST " asked\n",
		"neither named nor");
	refuses(FIRST "debian a all 1 7 " DIGEST " named x\n", "has more");
	refuses(FIRST "debian a all 1 7 " DIGEST " named\n",
		"a suite without packages, or the reverse");
	refuses(FIRST "suite x\n", "a suite without packages, or the reverse");
	refuses(FIRST "suite -\nsuite x\n", "x.lock:3: the line");
	memset(spaces, 'a', sizeof(spaces));
	memcpy(spaces, FIRST "host ", strlen(FIRST "host "));
	strcpy(spaces + LOCK_WORD_MAX + 40, " all 1\n");
	refuses(spaces, "names nothing");
	assert_int_equal(
		lock_parse("x", FIRST "\0x\n", strlen(FIRST) + 3, &lock, &diag),
		-EBADMSG);
	assert_non_null(strstr(diag.text, "not text"));
}

static char *literal(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void test_adding(void **state UNUSED)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_LOCK struct lock lock = LOCK_INIT;
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct lock_entry host = { .kind = LOCK_HOST,
				   .name = literal("b"),
				   .architecture = literal("amd64"),
				   .version = literal("1") };
	struct lock_entry archive = { .kind = LOCK_ARCHIVE,
				      .name = literal("x y") };

	assert_int_equal(lock_add(&lock, &host, &diag), 0);
	host.name = literal("a");
	assert_int_equal(lock_add(&lock, &host, &diag), 0);
	assert_int_equal(lock_add(&lock, &host, &diag), 0);
	assert_int_equal(lock.count, 2);
	host.version = literal("2");
	assert_int_equal(lock_add(&lock, &host, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "two forms"));
	host.architecture = literal("i386");
	assert_int_equal(lock_add(&lock, &host, &diag), 0);
	assert_int_equal(lock_add(&lock, &archive, &diag), 0);
	archive.name = literal("x\ny");
	assert_int_equal(lock_add(&lock, &archive, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "cannot be named"));
	assert_int_equal(lock_format(&lock, &text, &diag), 0);
	assert_non_null(strstr(text.data, " x y\nhost a amd64 1\n"
					  "host a i386 2\nhost b amd64 1\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_adding),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
