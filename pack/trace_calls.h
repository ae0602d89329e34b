/*
 * The system calls that say what a service needs, as a table: what each is
 * about, and which of its arguments name it. Pure.
 *
 * What is not in the table (reading, writing, waiting, memory ...) works on
 * what one of these has opened, and is never looked at.
 */
#ifndef JAILPACK_TRACE_CALLS_H
#define JAILPACK_TRACE_CALLS_H

#include "lib/base.h"

enum trace_kind {
	TRACE_OPEN,	/* a path, with open(2)'s flags */
	TRACE_LOOK,	/* asks about a path: it may be there or not */
	TRACE_EXECUTE,	/* a program */
	TRACE_ENTER,	/* chdir: a directory */
	TRACE_ROOT,	/* chroot: the same, and CAP_SYS_CHROOT */
	TRACE_WHERE,	/* getcwd: the working directory matters */
	TRACE_MAKE,	/* a path that comes to be: mkdir, symlink, mknod */
	TRACE_REMOVE,	/* one that ceases to be */
	TRACE_RENAME,	/* both: from and to */
	TRACE_LINK,	/* a hard link: from is looked at, to is made */
	TRACE_WRITE,	/* truncate */
	TRACE_MODE,	/* chmod */
	TRACE_OWNER,	/* chown: user and group in the next two arguments */
	TRACE_CHANGE,	/* times and extended attributes */
	TRACE_BIND,	/* an address */
	TRACE_CONNECT,	/* likewise */
	TRACE_LISTEN,	/* a socket */
	TRACE_SOCKET,	/* a family and a type that may be raw */
	TRACE_USER,	/* setuid and its kin: `count` user ids */
	TRACE_GROUP,	/* setgid and its kin */
	TRACE_GROUPS,	/* setgroups */
	TRACE_CAPSET,	/* capabilities that it keeps */
	TRACE_PRCTL,	/* some of them need CAP_SETPCAP */
	TRACE_LIMIT,	/* setrlimit */
	TRACE_PRIORITY, /* a nice value */
	TRACE_SIGNAL,	/* to a process */
	TRACE_STRANGE,	/* what jails do not do */
	TRACE_ABSENT,	/* fails with ENOSYS: it would hide what follows */
	TRACE_FOREIGN,	/* any call by another architecture's entry */
};

struct trace_call {
	int number;
	const char *name;
	enum trace_kind kind;
	/*
	 * Indexes of arguments, -1 if there is none: the descriptor of the
	 * directory that the path starts in, the path, and flags. With a
	 * directory and no path the descriptor itself is meant.
	 */
	signed char directory, path, flags;
	/* For TRACE_RENAME and TRACE_LINK: where the second pair is. */
	signed char directory2, path2;
	/* Flags that are meant without being said. */
	int implied;
};

#define TRACE_CALLS_MAX 128

/* *ret_count of them, each number once, in no order. */
const struct trace_call *trace_calls(size_t *ret_count);

/* NULL if the table has none of that number. */
const struct trace_call *trace_call_find(int number);

/* What stands for a call by another architecture's entry. */
extern const struct trace_call trace_foreign;

#endif
