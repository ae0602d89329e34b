/* links: pack/archive.o pack/archive_open.o */
#include "pack/archive.h"

#include "lib/fdio.h"
#include "tests/unit/make_archive.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

static int memory_file(const struct buf *content)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite_all(fd, content->data, content->length, 0), 0);
	return fd;
}

/* What reading all of an archive of one member gives. */
static int read_one(const struct member *member)
{
	CLEANUP_BUF struct buf tar = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_CLOSE int fd = -1;
	struct archive_reader *reader;
	struct archive_member got;
	int r;

	put_member(&tar, member);
	put_end(&tar);
	fd = memory_file(&tar);
	assert_int_equal(archive_reader_open(fd, "test.tar", ARCHIVE_WHOLE,
					     &reader, &diag),
			 0);
	r = archive_reader_next(reader, &got, &diag);
	if (r < 0) {
		assert_int_equal(diag.error, r);
		assert_non_null(strstr(diag.text, "test.tar"));
	}
	archive_reader_free(reader);
	return r;
}

static void test_members(void **state)
{
	static const struct member members[] = {
		{ "./", '5', 0755, NULL, NULL, "root", 0, 0 },
		{ "./usr//bin/./tool", '0', 04755, "content\n", NULL, "tool", 0,
		  0 },
		{ "usr/bin/link", '2', 0777, NULL, "../../../etc/shadow", NULL,
		  0, 0 },
		{ "usr/bin/same", '1', 0755, NULL, "./usr/bin/tool", NULL, 0,
		  0 },
		{ "dev/null", '3', 0666, NULL, NULL, NULL, 1, 3 },
	};
	CLEANUP_BUF struct buf tar = BUF_INIT;
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	struct archive_reader *reader;
	struct archive_member got;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		put_member(&tar, &members[i]);
	put_end(&tar);
	fd = memory_file(&tar);
	assert_int_equal(archive_reader_open(fd, "test.tar", ARCHIVE_WHOLE,
					     &reader, NULL),
			 0);

	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_string_equal(got.path, "/");
	assert_int_equal(got.mode, S_IFDIR | 0755);

	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_string_equal(got.path, "/usr/bin/tool");
	assert_int_equal(got.mode, S_IFREG | 04755);
	assert_int_equal(got.size, 8);
	assert_string_equal(got.user, "tool");
	assert_null(got.group);
	assert_false(got.hard_link);
	assert_int_equal(archive_reader_read(reader, 8, &content, NULL), 0);
	assert_string_equal(content.data, "content\n");

	/* A link is told as it stands: what it leads to is no matter here. */
	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_int_equal(got.mode & S_IFMT, S_IFLNK);
	assert_string_equal(got.target, "../../../etc/shadow");

	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_true(got.hard_link);
	assert_string_equal(got.target, "/usr/bin/tool");

	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_int_equal(got.mode & S_IFMT, S_IFCHR);
	assert_int_equal(got.major, 1);
	assert_int_equal(got.minor, 3);

	assert_int_equal(archive_reader_next(reader, &got, NULL), 0);
	archive_reader_free(reader);
}

static void test_refused(void **state)
{
	static const struct member members[] = {
		{ "/etc/passwd", '0', 0644, "x", NULL, NULL, 0, 0 },
		{ "..", '5', 0755, NULL, NULL, NULL, 0, 0 },
		{ "../etc/passwd", '0', 0644, "x", NULL, NULL, 0, 0 },
		{ "usr/../../etc/passwd", '0', 0644, "x", NULL, NULL, 0, 0 },
		{ "usr/lib/..", '5', 0755, NULL, NULL, NULL, 0, 0 },
		{ "a", '1', 0644, NULL, "/etc/shadow", NULL, 0, 0 },
		{ "a", '1', 0644, NULL, "../etc/shadow", NULL, 0, 0 },
		{ "a", '2', 0777, NULL, "", NULL, 0, 0 },
	};
	static const struct member harmless[] = {
		{ "usr/..lib/a..b/...", '0', 0644, "x", NULL, NULL, 0, 0 },
		{ "a", '2', 0777, NULL, "/etc/shadow", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		assert_int_equal(read_one(&members[i]), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		assert_int_equal(read_one(&harmless[i]), 1);
}

static void make_deb(struct buf *deb, const char *data_name)
{
	static const struct member control = { .name = "./control",
					       .type = '0',
					       .content = "Package: a\n" };
	static const struct member file = { .name = "./usr/share/a",
					    .type = '0',
					    .content = "a\n" };

	put_deb(deb, &control, data_name, &file, 1);
}

static void test_deb(void **state)
{
	CLEANUP_BUF struct buf deb = BUF_INIT;
	CLEANUP_BUF struct buf control = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_CLOSE int out = memfd_create("test", MFD_CLOEXEC);
	char content[2];
	struct archive_reader *reader;
	struct archive_member got;

	(void)state;
	make_deb(&deb, "data.tar");
	fd = memory_file(&deb);
	assert_int_equal(
		archive_reader_open(fd, "a.deb", ARCHIVE_DATA, &reader, NULL),
		0);
	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_string_equal(got.path, "/usr/share/a");
	assert_int_equal(archive_reader_copy(reader, out, NULL), 0);
	assert_int_equal(pread_all(out, content, 2, 0), 0);
	assert_memory_equal(content, "a\n", 2);
	assert_int_equal(archive_reader_next(reader, &got, NULL), 0);
	archive_reader_free(reader);

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(archive_reader_open(fd, "a.deb", ARCHIVE_CONTROL,
					     &reader, NULL),
			 0);
	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_int_equal(archive_reader_read(reader, 100, &control, NULL), 0);
	assert_string_equal(control.data, "Package: a\n");
	assert_int_equal(archive_reader_read(reader, 100, &control, NULL), 0);
	archive_reader_free(reader);
}

static void test_limit(void **state)
{
	static const struct member file = { .name = "a",
					    .type = '0',
					    .content = "12345678" };
	CLEANUP_BUF struct buf tar = BUF_INIT;
	CLEANUP_BUF struct buf content = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	struct archive_reader *reader;
	struct archive_member got;

	(void)state;
	put_member(&tar, &file);
	put_end(&tar);
	fd = memory_file(&tar);
	assert_int_equal(
		archive_reader_open(fd, "a.tar", ARCHIVE_WHOLE, &reader, NULL),
		0);
	assert_int_equal(archive_reader_next(reader, &got, NULL), 1);
	assert_int_equal(archive_reader_read(reader, 7, &content, NULL),
			 -EFBIG);
	archive_reader_free(reader);
}

/* Reads everything, in one way or the other; the error that stopped it. */
static int read_through(int fd, enum archive_part part, bool copying)
{
	CLEANUP_CLOSE int out = memfd_create("test", MFD_CLOEXEC);
	struct archive_reader *reader;
	struct archive_member got;
	int r = archive_reader_open(fd, "test", part, &reader, NULL);

	if (r < 0)
		return r;
	while ((r = archive_reader_next(reader, &got, NULL)) == 1) {
		CLEANUP_BUF struct buf content = BUF_INIT;

		r = copying ? archive_reader_copy(reader, out, NULL)
			    : archive_reader_read(reader, 1 << 20, &content,
						  NULL);
		if (r < 0)
			break;
	}
	archive_reader_free(reader);
	return r;
}

static void test_damaged(void **state)
{
	CLEANUP_BUF struct buf deb = BUF_INIT;
	CLEANUP_BUF struct buf other = BUF_INIT;
	CLEANUP_BUF struct buf garbage = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_CLOSE int other_fd = -1;
	CLEANUP_CLOSE int garbage_fd = -1;
	off_t data_end;

	(void)state;
	make_deb(&deb, "data.tar");
	fd = memory_file(&deb);
	assert_int_equal(read_through(fd, ARCHIVE_DATA, false), 0);
	/* Up to the end-of-archive blocks, every byte is needed. */
	data_end = (off_t)deb.length - 1024;
	for (off_t cut = data_end - 510; cut >= 0; cut -= 7) {
		assert_int_equal(ftruncate(fd, cut), 0);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(read_through(fd, ARCHIVE_DATA, cut % 2),
				 -EBADMSG);
	}

	make_deb(&other, "payload.tar");
	other_fd = memory_file(&other);
	assert_int_equal(read_through(other_fd, ARCHIVE_DATA, false), -EBADMSG);

	for (int i = 0; i < 4096; i++)
		buf_putc(&garbage, (char)(i * 37));
	garbage_fd = memory_file(&garbage);
	assert_int_equal(read_through(garbage_fd, ARCHIVE_WHOLE, false),
			 -EBADMSG);
}

/* Directories that only paths name are counted: an archive of a few thousand
 * files can have millions of them made. */
static void test_many(void **state)
{
	CLEANUP_BUF struct buf tar = BUF_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_CLOSE int fd = -1;
	struct archive_reader *reader;
	struct archive_member got;
	size_t count = 0;
	int r;

	(void)state;
	for (int i = 0; i < 25000; i++) {
		char name[101];

		(void)snprintf(name, sizeof(name),
			       "%d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/"
			       "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/f",
			       i);
		put_member(&tar, &(struct member){ .name = name, .type = '0' });
	}
	put_end(&tar);
	fd = memory_file(&tar);
	assert_int_equal(
		archive_reader_open(fd, "a.tar", ARCHIVE_ANY, &reader, NULL),
		0);
	while ((r = archive_reader_next(reader, &got, &diag)) == 1)
		count++;
	assert_int_equal(r, -EFBIG);
	assert_non_null(strstr(diag.text, "more than 1048576 files"));
	assert_in_range(count, 23000, 24999);
	archive_reader_free(reader);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_deb),	cmocka_unit_test(test_limit),
		cmocka_unit_test(test_damaged), cmocka_unit_test(test_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
