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

/*
 * Restricts the calling thread and what it will fork and execute, for good, by
 * whatever of the above the kernel has. "/" is the jail's root, and
 * no_new_privs is set. It is one domain: each further one makes every open(2)
 * dearer.
 */
int landlock_build(const struct config *config, struct diag *diag) MUST_CHECK;

/* landlock_execution.c: the rules of a ruleset that handles
 * LANDLOCK_EXECUTION_ACCESS, by the places where something else is mounted than
 * the image. 0 or -errno. */
enum {
	LANDLOCK_EXECUTE = 1 << 0, /* LANDLOCK_ACCESS_FS_EXECUTE */
	LANDLOCK_REFER = 1 << 13,  /* LANDLOCK_ACCESS_FS_REFER */
	LANDLOCK_EXECUTION_ACCESS = LANDLOCK_EXECUTE | LANDLOCK_REFER,
};
int landlock_allow_execution(int ruleset,
			     const struct config *config) MUST_CHECK;

#endif
