/*
 * From a notification of seccomp to an event: everything about the call that
 * only the waiting process and the file system can tell.
 */
#ifndef JAILPACK_TRACE_DECODE_H
#define JAILPACK_TRACE_DECODE_H

#include "lib/base.h"
#include "pack/trace_event.h"

#include <linux/seccomp.h>

/*
 * 0; -ENODATA if nothing can be learned from this call; -errno if it cannot
 * be read. The caller calls trace_event_done() in any case.
 */
int trace_decode(const struct seccomp_notif *notification,
		 struct trace_event *ret_event) MUST_CHECK;

void trace_event_done(struct trace_event *event);

#endif
