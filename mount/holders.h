/*
 * Whether a jail still has a socket open. The supervisor holds it too, and the
 * kernel tells nobody who else does: the descriptors of the jail's processes
 * are looked at, in /proc. What is on its way from one process to another in a
 * message, or is open in a thread with descriptors of its own, is not seen.
 */
#ifndef JAILMOUNT_HOLDERS_H
#define JAILMOUNT_HOLDERS_H

#include "lib/base.h"
#include "mount/cgroup.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { HOLDERS_LINKS_MAX = 4096 /* descriptors that one look takes in */ };

enum holding {
	HOLDING_NONE,
	HOLDING_SOME,
	HOLDING_UNKNOWN, /* too many of them, or no control group */
};

/* Where it was seen last: there it is looked for first. pid 0: nowhere. */
struct holder {
	pid_t pid;
	int fd;
};

/* Whether that process is still there. */
bool holder_lives(const struct holder *seen);

/* Whether a process of the group has the socket with this inode. */
enum holding holders_look(const struct cgroup *group, ino_t inode,
			  struct holder *seen);

/* The processes of the group, a number a line, or NULL. */
FILE *holders_processes(const struct cgroup *group);

/* A pidfd by which that thread's descriptors can be had, or -errno. */
int holder_open(pid_t thread, pid_t process);

#endif
