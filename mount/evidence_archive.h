/*
 * What a generation has written, as a tar archive: each layer beneath its own
 * path, as it lies there. A whiteout of an overlay stays a character device
 * 0:0, and an opaque directory keeps trusted.overlay.opaque, so that the
 * archive, unpacked by root into the upper directory of an overlay over the
 * same image, is that jail again.
 *
 * Format: pax (POSIX.1-2001), extended attributes as SCHILY.xattr.
 */
#ifndef JAILMOUNT_EVIDENCE_ARCHIVE_H
#define JAILMOUNT_EVIDENCE_ARCHIVE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/diff.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence_archive_limits {
	uint64_t bytes; /* of the contents of all files together */
	size_t entries;
	uint32_t range_base; /* owners are written as the jail numbers them */
};

struct evidence_archive_result {
	uint64_t entries, bytes;
	uint64_t shortened; /* files that the limit has cut */
	bool truncated;	    /* there is more than the limits allow */
};

/*
 * Whoever is in the jail may change the layers meanwhile if nothing holds them
 * still: no link is followed, and nothing that could block is opened.
 */
int evidence_archive_write(int fd, const struct diff_source *layers,
			   const struct evidence_archive_limits *limits,
			   struct evidence_archive_result *ret_result,
			   struct diag *diag) MUST_CHECK;

#endif
