/* links: pack/archive.o pack/archive_open.o */
/* Archives: the first byte says whether it is a .deb, or of any kind. Whatever
 * is read, every path lies beneath the archive's root. */
#include "tests/fuzz/fuzz.h"

#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/archive.h"

#include <sys/mman.h>

static void check(const struct archive_member *member)
{
	if (!path_is_normal(member->path) ||
	    (member->hard_link && !path_is_normal(member->target)))
		abort();
}

static void read_all(int fd, enum archive_part part)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct archive_reader *reader;
	struct archive_member member;
	int r = archive_reader_open(fd, "fuzz", part, &reader, &diag);

	if (r < 0)
		return;
	while ((r = archive_reader_next(reader, &member, &diag)) > 0) {
		CLEANUP_BUF struct buf content = BUF_INIT;

		check(&member);
		if (archive_reader_read(reader, 1 << 16, &content, &diag) < 0)
			break;
	}
	if (r < 0 && !diag.text)
		abort();
	archive_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CLOSE int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (!size)
		return 0;
	if (fd < 0 || pwrite_all(fd, data + 1, size - 1, 0) < 0)
		abort();
	read_all(fd, *data == 'd'   ? ARCHIVE_DATA
		     : *data == 'c' ? ARCHIVE_CONTROL
		     : *data == 'a' ? ARCHIVE_ANY
				    : ARCHIVE_WHOLE);
	return 0;
}
