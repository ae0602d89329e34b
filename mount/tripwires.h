/*
 * Tripwires: files that no part of the service opens. The kernel tells when
 * somebody does, whichever way they have come to the file.
 *
 * fanotify(7), marks on the inodes that the jail sees. Jails that share a
 * superblock see the same inodes: whose jail it was the mount tells by which
 * the file was opened.
 */
#ifndef JAILMOUNT_TRIPWIRES_H
#define JAILMOUNT_TRIPWIRES_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>
#include <sys/types.h>

struct tripwires {
	char *const *paths; /* in the jail; not owned */
	uint64_t *mounts;   /* ids, of the mount that each is in */
	int fd;		    /* readable when one was opened */
};

#define TRIPWIRES_INIT ((struct tripwires){ .fd = -1 })

/* Safe on TRIPWIRES_INIT. */
void tripwires_done(struct tripwires *tripwires);

/*
 * Watch these paths in the jail of that process; they are static files of the
 * image, and outlive the result. -ESRCH if the jail has ended.
 */
int tripwires_watch(char *const *paths, pid_t init_pid,
		    struct tripwires *ret_tripwires,
		    struct diag *diag) MUST_CHECK;

/*
 * Take one event: 1 with the path in the jail and the command's name and
 * number as the host has it, 0 when there is none of this jail, or -errno. The
 * path is "?" when it cannot be told any more, and the command is "" when the
 * process has ended meanwhile.
 */
int tripwires_read(const struct tripwires *tripwires, pid_t init_pid,
		   const char **ret_path, char ret_command[17],
		   pid_t *ret_pid) MUST_CHECK;

#endif
