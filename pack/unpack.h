/*
 * The members of an archive put into a directory as ordinary files of the
 * user who does it: no owner is changed, no set-id bit is set, no device is
 * made, and no link in the archive or in the directory leads the writing
 * out of it. What the members should have been is told instead.
 */
#ifndef JAILPACK_UNPACK_H
#define JAILPACK_UNPACK_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/archive.h"

/*
 * Unpack what the reader still has beneath `root`, an empty directory. What
 * the archive calls /lib/x comes to be at /usr/lib/x, and so for the other
 * directories of a merged /usr; they themselves are not made.
 *
 * For each member its records (root_index.h) are appended to `records`, and
 * for each device or FIFO, which is left out, a line to `ignored`.
 *
 * -EBADMSG also for a member that would lie behind a link.
 */
int unpack_archive(int root, struct archive_reader *reader, struct buf *records,
		   struct buf *ignored, struct diag *diag) MUST_CHECK;

#endif
