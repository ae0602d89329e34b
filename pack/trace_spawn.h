/*
 * Starting a service under the filter. For trace_run.c.
 */
#ifndef JAILPACK_TRACE_SPAWN_H
#define JAILPACK_TRACE_SPAWN_H

#include "lib/base.h"
#include "lib/diag.h"

#include <signal.h>
#include <sys/types.h>

struct trace_command {
	const char *program;	  /* its path */
	char *const *arguments;	  /* NULL-terminated */
	char *const *environment; /* likewise; NULL: the tracer's own */
	const char *directory;	  /* to begin in */
	sigset_t mask;		  /* of signals that it blocks */
};

struct trace_child {
	pid_t pid;
	int listener; /* where its calls arrive */
	int words;    /* what it has to say if it cannot execute the program */
};

/* The service waits for the first answer before it executes its program. */
int trace_spawn(const struct trace_command *command,
		struct trace_child *ret_child, struct diag *diag) MUST_CHECK;

/* Once it has ended: 0, or why the program was never executed. */
int trace_spawned(const struct trace_command *command,
		  const struct trace_child *child,
		  struct diag *diag) MUST_CHECK;

#endif
