/*
 * Directories on the host in which a jail's things are kept: root's alone,
 * since files of any owner and mode can lie there.
 */
#ifndef JAILMOUNT_OWN_DIRECTORY_H
#define JAILMOUNT_OWN_DIRECTORY_H

#include "lib/base.h"
#include "lib/diag.h"

/*
 * Open ROOT/JAIL, and make what is missing of it and of the directory that
 * ROOT lies in. No link is followed at the two. -EPERM if somebody else may
 * enter one of them.
 */
int own_directory_open(const char *root, const char *jail, int *ret_fd,
		       struct diag *diag) MUST_CHECK;

#endif
