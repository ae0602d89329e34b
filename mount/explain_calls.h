/*
 * Which system calls `--explain` looks at, and what each of them wants of the
 * file system: a pure table.
 */
#ifndef JAILMOUNT_EXPLAIN_CALLS_H
#define JAILMOUNT_EXPLAIN_CALLS_H

#include "lib/base.h"

#include <stdbool.h>
#include <stdint.h>

enum explain_act {
	EXPLAIN_FIND,	  /* what it names must be there */
	EXPLAIN_ACCESS,	  /* likewise; `detail` is the mode of access(2) */
	EXPLAIN_OPEN,	  /* `detail` are the flags of open(2) */
	EXPLAIN_OPEN_HOW, /* `detail` points at them, as in openat2(2) */
	EXPLAIN_EXECUTE,  /* must be there */
	EXPLAIN_CHANGE,	  /* must be there, and is written to */
	EXPLAIN_CREATE,	  /* is made in its directory */
	EXPLAIN_REMOVE,	  /* is taken out of its directory */
	EXPLAIN_CONNECT,  /* `path` points at a socket address */
	EXPLAIN_BIND,	  /* likewise */
	EXPLAIN_POWER,	  /* needs a capability: explain_powers.h */
};

enum { EXPLAIN_NONE = -1 };

/* Which argument is what; EXPLAIN_NONE for what there is not. */
struct explain_call {
	const char *name;
	uint32_t number;
	enum explain_act act;
	signed char directory; /* descriptor where a relative path begins */
	signed char path;
	signed char detail;
	signed char flags; /* AT_SYMLINK_NOFOLLOW and its like */
	bool follow;	   /* the last component, unless flags say otherwise */
};

/* The rows of a system call stand together: rename(2) has two. */
extern const struct explain_call explain_calls[];
extern const size_t explain_call_count;

/* The first row of that number, or NULL. */
const struct explain_call *explain_call_find(uint32_t number);

/* What one row of a call wants. */
struct explain_wish {
	bool exists;  /* fails if it is not there */
	bool writes;  /* fails if it is there and read-only */
	bool creates; /* fails if it is not there and its directory read-only */
	bool removes; /* fails if its directory is read-only */
	bool lists;   /* reads it: of a directory, what is in it */
	bool follow;
	bool itself; /* an empty path names the descriptor: nothing to find */
};

/* `arguments` are the call's own; `detail` is what EXPLAIN_OPEN_HOW's points
 * at, and not looked at for all others. */
struct explain_wish explain_call_wish(const struct explain_call *call,
				      const uint64_t arguments[6],
				      uint64_t detail);

#endif
