/*
 * Landlock, as a second wall: no process of the jail may connect a TCP
 * socket, whichever network namespace the socket belongs to. (The first wall
 * is one_way.h; this one keeps even the first segment from leaving.)
 *
 * Linux 6.7 (Landlock ABI 4) and later; where it is missing the first wall
 * stands alone. Source: Documentation/userspace-api/landlock.rst.
 */
#ifndef JAILMOUNT_LANDLOCK_H
#define JAILMOUNT_LANDLOCK_H

#include "lib/base.h"
#include "lib/diag.h"

/*
 * Restrict the calling thread and what it will fork and execute, for good.
 * Needs no_new_privs. 0 also where the kernel has no such Landlock.
 */
int landlock_refuse_connect(struct diag *diag) MUST_CHECK;

#endif
