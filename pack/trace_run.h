/*
 * A service run to its end under the eyes of the tracer: each call of
 * trace_calls.h is looked at, noted, and goes on.
 *
 * The service runs as whoever traces, where it would run anyway, unconfined.
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT to the tracer are passed on to it, the
 * third of them is SIGKILL. Tracing ends when the service and all that it
 * started has ended; what is left of it after it was told to end gets SIGTERM,
 * and SIGKILL seconds later.
 */
#ifndef JAILPACK_TRACE_RUN_H
#define JAILPACK_TRACE_RUN_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/trace_facts.h"
#include "pack/trace_spawn.h"

#include <stdbool.h>

struct trace_outcome {
	int status;	 /* of the service itself, as from waitpid(2) */
	bool stopped;	 /* it was told to end */
	bool background; /* it ended by itself, and what it started went on */
	uint64_t calls;	 /* that were looked at */
	uint64_t unread; /* that could not be */
};

/* Its `mask` is filled in here. */
int trace_run(struct trace_command *command, struct trace_facts *facts,
	      struct trace_outcome *ret_outcome, struct diag *diag) MUST_CHECK;

#endif
