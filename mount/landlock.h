/*
 * Landlock, as a second wall: no process of a sealed jail may connect or bind a
 * TCP socket, whichever network namespace the socket belongs to. (The first
 * walls are one_way.h and custody.h, whose supervisor does both in the jail's
 * stead; this one keeps even the first segment from leaving.) And no
 * process of a jail in the host's network may connect to the abstract sockets
 * of the host, which belong to that network, too. And nothing is executed but
 * what lies in the image. (There the first wall is that everything else is
 * mounted noexec.)
 *
 * Linux 6.7 (Landlock ABI 4), 6.12 (ABI 6) and 5.19 (ABI 2) and later; where
 * the first or the last is missing the first wall stands alone, where the
 * second is, nothing does.
 * Source: Documentation/userspace-api/landlock.rst.
 */
#ifndef JAILMOUNT_LANDLOCK_H
#define JAILMOUNT_LANDLOCK_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

enum landlock_wall {
	LANDLOCK_NO_CALLS,    /* connect(2) and bind(2) of TCP */
	LANDLOCK_NO_ABSTRACT, /* abstract sockets of others */
};

/*
 * Each of these restricts the calling thread and what it will fork and
 * execute, for good, and needs no_new_privs. 0 also where the kernel has no
 * such Landlock.
 */
int landlock_build(enum landlock_wall wall, struct diag *diag) MUST_CHECK;

/* landlock_execution.c: called where "/" is the jail's root. Of the contract
 * it is read where something else is mounted than the image. */
int landlock_keep_execution(const struct config *config,
			    struct diag *diag) MUST_CHECK;

#endif
