/*
 * The seccomp filter of a traced service: the calls of trace_calls.h are put
 * to the tracer before they are made, the others are not even slowed down.
 * Calls by another architecture's entry are all put to it: the table's numbers
 * mean something else there.
 *
 * io_uring fails with ENOSYS, as on a kernel without it: what a program does
 * through a ring passes no filter.
 */
#ifndef JAILPACK_TRACE_FILTER_H
#define JAILPACK_TRACE_FILTER_H

#include "lib/base.h"
#include "lib/diag.h"

#include <linux/filter.h>
#include <stdbool.h>

struct trace_filter {
	struct sock_filter instructions[512];
	size_t count;
};

/* Pure. */
void trace_filter_make(struct trace_filter *filter);

/* True if a call came by the entry that the table is for. */
bool trace_filter_is_native(uint32_t architecture, int number);

/*
 * Install it for the calling thread, and what it starts. The descriptor on
 * which notifications arrive, or -errno.
 */
int trace_filter_install(const struct trace_filter *filter) MUST_CHECK;

#endif
