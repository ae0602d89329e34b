/*
 * What becomes of each system call, by name and number.
 */
#ifndef JAILMOUNT_SECCOMP_LIST_H
#define JAILMOUNT_SECCOMP_LIST_H

#include "lib/base.h"

#include <stdint.h>

enum seccomp_verdict {
	SECCOMP_UNKNOWN, /* ENOSYS: also for all numbers not in the list */
	SECCOMP_ALLOW,
	SECCOMP_REFUSE,	 /* EPERM, which is an alarm: nobody tries it by chance
			  */
	SECCOMP_QUIET,	 /* EPERM: programs try it, and do without */
	SECCOMP_CUSTODY, /* put to the supervisor */
	SECCOMP_WATCH,	 /* execve: the supervisor looks on */
	SECCOMP_CHROOT,	 /* allowed where CAP_SYS_CHROOT is */
	/* Allowed, depending on arguments. */
	SECCOMP_CHECK_CLONE,	    /* no new namespaces */
	SECCOMP_CHECK_UNSHARE,	    /* likewise */
	SECCOMP_CHECK_SOCKET,	    /* families and protocols */
	SECCOMP_CHECK_IOCTL,	    /* no typing into terminals */
	SECCOMP_CHECK_PERSONALITY,  /* the usual one only */
	SECCOMP_CHECK_SHMAT,	    /* not executable */
	SECCOMP_CHECK_SEND,	    /* no connection on the way: flags are */
	SECCOMP_CHECK_SEND_MESSAGE, /* the fourth argument, or the third */
	SECCOMP_CHECK_SETSOCKOPT,   /* nothing that outlives a generation */
	/* Of core dumps the limit stays as it is, and of the init every limit:
	 * the resource is the first argument, or the second. */
	SECCOMP_CHECK_SETRLIMIT,
	SECCOMP_CHECK_PRLIMIT,
	/* Where files outlive the jail: no set-id bits. The mode is the second
	 * argument, or the third; or that of a file which may be made. */
	SECCOMP_CHECK_MODE,
	SECCOMP_CHECK_MODE_AT,
	SECCOMP_CHECK_OPEN,
	SECCOMP_CHECK_OPEN_AT,
	SECCOMP_ASK, /* put to the supervisor for --explain; in no list */
};

struct seccomp_entry {
	const char *name;
	uint32_t number;
	enum seccomp_verdict verdict;
};

/* In no order. */
extern const struct seccomp_entry seccomp_list[];
extern const size_t seccomp_list_length;

/* The name of a number that is in the list, or NULL. */
const char *seccomp_name(uint32_t number);

#endif
