/*
 * Tripwires: files that no part of the service opens. The kernel tells when
 * somebody does, whichever way they have come to the file.
 *
 * fanotify(7), marks on the inodes that the jail sees.
 */
#ifndef JAILMOUNT_TRIPWIRES_H
#define JAILMOUNT_TRIPWIRES_H

#include "lib/base.h"
#include "lib/diag.h"

#include <sys/types.h>

/*
 * Watch these paths in the jail of that process; they are static files of the
 * image. *ret_fd is readable when one was opened.
 */
int tripwires_watch(char *const *paths, pid_t init_pid, int *ret_fd,
		    struct diag *diag) MUST_CHECK;

/*
 * Take one event: 1 with the path in the jail and the command's name and
 * number as the host has it, 0 when there is no more, or -errno. The command
 * is "" when the process has ended meanwhile.
 */
int tripwires_read(int fd, char *const *paths, pid_t init_pid,
		   const char **ret_path, char ret_command[17],
		   pid_t *ret_pid) MUST_CHECK;

#endif
