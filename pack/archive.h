/*
 * Archives, read member by member: tar in its kinds, the .deb around it, and
 * whatever else libarchive reads. Only archive*.c know that library. Nothing
 * is ever written here; where the members go is the caller's affair.
 *
 * Formats: deb(5); tar(5), cpio(5) and libarchive-formats(5) of libarchive.
 *
 * An archive may hold 1048576 files and directories, those counted that only
 * its paths name, of paths up to 4095 bytes; and unpacked 256 MiB, or a
 * hundred times its own length if that is more. What comes from outside is
 * small and claims to be large, or is both: nothing that is packed compresses
 * that well.
 */
#ifndef JAILPACK_ARCHIVE_H
#define JAILPACK_ARCHIVE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct archive_reader;

/* Strings belong to the reader and live until its next member. */
struct archive_member {
	const char *path;   /* normal; "/" is the archive's own root */
	mode_t mode;	    /* type and permissions, set-id bits included */
	bool hard_link;	    /* to `target`, a normal path that came before;
			       there is no content then, unless `size` says
			       so: cpio gives it to the last of the names */
	const char *target; /* of a symbolic link as it stands; or see above */
	uint64_t size;	    /* of a file; ARCHIVE_SIZE_UNKNOWN: its end tells */
	const char *user, *group; /* NULL where the archive has no name */
	uint32_t uid, gid;
	unsigned int major, minor;
};

#define ARCHIVE_SIZE_UNKNOWN UINT64_MAX

enum archive_part {
	ARCHIVE_WHOLE, /* the file is the tar itself */
	ARCHIVE_DATA,  /* data.tar of a .deb */
	ARCHIVE_CONTROL,
	ARCHIVE_ANY, /* an archive of any kind; of a .deb, its data.tar */
};

/*
 * Read the archive that `fd` stands at the beginning of; `fd` stays the
 * caller's and must outlive the reader, as must `name`, which is what messages
 * call it. Compressed tar is recognized; no program is run to uncompress.
 * -EBADMSG for what is no such archive or is damaged, -EFBIG for what is past
 * the limits, here and below.
 */
int archive_reader_open(int fd, const char *name, enum archive_part part,
			struct archive_reader **ret_reader,
			struct diag *diag) MUST_CHECK;
void archive_reader_free(struct archive_reader *reader);

/*
 * The next member: 1, or 0 at the end. -EBADMSG as well for members that do
 * not lie beneath the archive's root: absolute names, ".." in a name or in the
 * target of a hard link.
 */
int archive_reader_next(struct archive_reader *reader,
			struct archive_member *ret_member,
			struct diag *diag) MUST_CHECK;

/* Write the present member's content to the empty file `fd`; holes stay
 * holes. */
int archive_reader_copy(struct archive_reader *reader, int fd,
			struct diag *diag) MUST_CHECK;

/* Append the present member's content, of at most `limit` bytes. */
int archive_reader_read(struct archive_reader *reader, size_t limit,
			struct buf *buf, struct diag *diag) MUST_CHECK;

#endif
