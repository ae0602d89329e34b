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

enum unpack_kind {
	/* A package: what it calls /lib/x comes to be at /usr/lib/x, and so
	 * for the other directories of a merged /usr; they themselves are not
	 * made. */
	UNPACK_PACKAGE,
	/* Anything else: all is where the archive says. A symbolic link whose
	 * relative target climbs above the archive's own root is refused. Of
	 * records there are only those of attributes, one for each member. */
	UNPACK_PLAIN,
};

/*
 * Where it goes: `root`, an empty directory. For each member its records
 * (root_index.h) are appended to `records`, and for each device or FIFO, which
 * is left out, a line to `ignored`.
 */
struct unpack {
	enum unpack_kind kind;
	int root;
	struct buf *records;
	struct buf *ignored;
};

/*
 * Unpack what the reader still has. -EBADMSG also for a member that would lie
 * behind a link.
 */
int unpack_archive(const struct unpack *unpack, struct archive_reader *reader,
		   struct diag *diag) MUST_CHECK;

#endif
