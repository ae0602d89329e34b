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

#include <stdbool.h>
#include <sys/types.h>

struct unpacked_entry {
	char *path;  /* where it is: for /lib/x of a merged /usr, /usr/lib/x */
	mode_t mode; /* type and permissions, as the archive has them */
	char *user, *group; /* NULL: root */
	bool dropped;	    /* another package's took its place */
};

struct unpacked {
	struct unpacked_entry *entries; /* in the archive's order */
	size_t count;
	struct buf ignored; /* a line for each member that cannot be had */
};

#define CLEANUP_UNPACKED CLEANUP(unpacked_done)

void unpacked_done(struct unpacked *unpacked);

/* What is there already and what comes, where one must give way. */
enum unpack_choice { UNPACK_REFUSE, UNPACK_KEEP, UNPACK_REPLACE };

struct unpack_target {
	int root; /* the directory, which has a merged /usr */

	/*
	 * Asked when something other than a directory would be put where
	 * something is, or the other way round. NULL: it is always refused;
	 * then a link is not followed either on the way to a member's place,
	 * so that the result does not hang on which archive comes first.
	 */
	enum unpack_choice (*choose)(void *context, const char *path);
	void *context;
};

/*
 * Unpack what the reader still has. -EEXIST if something is in the way and
 * was refused. What was put there is told also when it fails.
 */
int unpack_archive(const struct unpack_target *target,
		   struct archive_reader *reader, struct unpacked *unpacked,
		   struct diag *diag) MUST_CHECK;

/* Make the links /bin, /lib ... for the directories that /usr has. */
int unpack_merge_usr(int root, struct diag *diag) MUST_CHECK;

#endif
