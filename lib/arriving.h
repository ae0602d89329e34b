/*
 * A file that comes over a network: beneath a name that says what is to
 * become of it, so that another attempt goes on where one broke off.
 *
 * The name is ".NAME.sha256-DIGEST.part" beside the final one. Two attempts at
 * once do not write into the same: the second is refused.
 */
#ifndef JAIL_ARRIVING_H
#define JAIL_ARRIVING_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/reference.h"

#include <sys/types.h>

struct arriving {
	int fd; /* for reading and writing; may hold a beginning */
	char *path;
	char *temporary;
};

#define ARRIVING_INIT ((struct arriving){ .fd = -1 })
#define CLEANUP_ARRIVING CLEANUP(arriving_leave)

/* -EBUSY if another process is at it. */
int arriving_begin(struct arriving *arriving, const char *path,
		   const char *digest, struct diag *diag) MUST_CHECK;

/* It is complete: flushed, with `mode` as the umask allows, and at its place.
 */
int arriving_commit(struct arriving *arriving, mode_t mode,
		    struct diag *diag) MUST_CHECK;

/* What has come stays for another attempt; nothing stays if that is nothing.
 * Harmless after a commit. */
void arriving_leave(struct arriving *arriving);

#endif
