/*
 * Running another program and reading what it says.
 */
#ifndef JAILPACK_SUBPROCESS_H
#define JAILPACK_SUBPROCESS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

/* The descriptor on which the program writes lines for `status_line`. */
enum { SUBPROCESS_STATUS_FD = 3 };

struct subprocess {
	/* NULL-terminated; the first is looked up in PATH. */
	const char *const *arguments;
	char *const *environment; /* NULL: this process's own */
	const char *directory;	  /* NULL: this process's own */
	int inherit; /* a descriptor that the program keeps open, or -1 */

	struct buf *output, *errors; /* are appended to */

	/* Called for each line on SUBPROCESS_STATUS_FD; NULL: there is none. */
	void (*status_line)(void *context, const char *line);
	void *context;
};

/*
 * Run it to its end, with an empty standard input. *ret_status is its exit
 * status, or 128 and the number of the signal that ended it. What it writes
 * past a limit of 64 MiB is read and dropped.
 * -ENOENT if there is no such program.
 */
int subprocess_run(const struct subprocess *subprocess, int *ret_status,
		   struct diag *diag) MUST_CHECK;

#endif
