/*
 * A squashfs file system: what is read of it is a tree in the order that
 * squash_read.h promises, with names that can be names, and of each file as
 * much as its size says.
 */
/* links: pack/squash_read.o pack/squash_tree.o pack/squash_file.o */
/* packages: libsquashfs1 */
#include "tests/fuzz/fuzz.h"

#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/squash_read.h"

#include <err.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* A few bytes can claim that there are terabytes of zeros. */
enum { CONTENT_MAX = 1 << 20, CONTENTS_MAX = 8 << 20 };

struct seen {
	struct squash_reader *reader;
	struct buf before; /* the path */
	uint64_t bytes;
	struct diag diag;
};

static int count(const void *data, size_t length, void *context)
{
	uint64_t *bytes = context;

	if (!data || !length)
		abort();
	*bytes += length;
	return 0;
}

static void read_content(struct seen *seen, const struct bill_file *file)
{
	uint64_t bytes = 0;
	int r;

	if (file->size > CONTENT_MAX || seen->bytes + file->size > CONTENTS_MAX)
		return;
	r = squash_reader_content(seen->reader, file->path, count, &bytes,
				  &seen->diag);
	if (r < 0 ? !seen->diag.text : bytes != file->size)
		abort();
	seen->bytes += bytes;
	diag_done(&seen->diag);
}

static int visit(const struct bill_file *file, uint32_t time, void *context)
{
	struct seen *seen = context;

	(void)time;
	if (!path_is_normal(file->path) ||
	    (seen->before.length
		     ? bill_compare_paths(seen->before.data, file->path) >= 0
		     : strcmp(file->path, "/") != 0) ||
	    S_ISLNK(file->mode) != (file->target != NULL) ||
	    (S_ISLNK(file->mode) && !*file->target))
		abort();
	buf_reset(&seen->before);
	buf_puts(&seen->before, file->path);
	if (S_ISREG(file->mode))
		read_content(seen, file);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("file system", MFD_CLOEXEC);
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	struct seen seen = { 0 };
	int r;

	if (fd < 0 || write_all(fd, data, size) < 0)
		err(1, "memfd");
	r = squash_reader_open(fd, size, &reader, &seen.diag);
	if (r == 0) {
		seen.reader = reader;
		r = squash_reader_walk(reader, visit, &seen, &seen.diag);
	}
	if (r < 0 && !seen.diag.text)
		abort();
	buf_done(&seen.before);
	diag_done(&seen.diag);
	return 0;
}
