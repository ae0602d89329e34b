/*
 * Starting a program in a jail, from a process that is already confined.
 */
#ifndef JAILMOUNT_PROGRAM_H
#define JAILMOUNT_PROGRAM_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct program {
	char *const *arguments;
	char *const *environment; /* NULL: empty */
	const char *directory;
	/* What becomes standard input, output and error. -1: the jail's
	   /dev/null, or an empty pipe where it has none. */
	int descriptors[3];
	const struct config_limits *limits;
	uint64_t process_limit; /* of each user; 0: as it is */
	uint64_t capabilities;	/* permitted and effective until execve(2) */
	bool session;		/* a session of its own, without a terminal */
	uint64_t pass;		/* seccomp_compile()'s */
};

/*
 * Both of these: signals are as in a new login, the umask is 022, every
 * descriptor above 2 is closed. A name without a slash is looked for in the
 * PATH of `environment`, or in the usual places if it has none. They fail with
 * a negative errno, or with GENERATION_NOT_FOUND or GENERATION_NOT_EXECUTABLE
 * for what execve(2) said.
 */

/* Start it in a new process and wait until it has been executed. */
int program_start(const struct program *program, pid_t *ret_pid, int *ret_pidfd,
		  struct diag *diag) MUST_CHECK;

/* Become it: what returns is the failure. Descriptors above 2 stay open then,
 * but will not outlive a later execve(2). */
int program_become(const struct program *program, struct diag *diag) MUST_CHECK;

#endif
