/*
 * What a path of a traced process leads to, found without ever opening it:
 * O_PATH descriptors and lstat(2), beneath the process's own root directory,
 * never through the links of /proc. Whatever the process has put there, a
 * FIFO, a device or a link, has no effect on the tracer.
 */
#ifndef JAILPACK_TRACE_PATH_H
#define JAILPACK_TRACE_PATH_H

#include "lib/base.h"
#include "pack/trace_event.h"

#include <sys/types.h>

/* A path as a process names it. */
struct trace_name {
	pid_t thread;
	int directory;	  /* AT_FDCWD, or a descriptor of the process */
	const char *text; /* not empty */
	bool follow;	  /* the last component, if it is a link */
	const struct trace_actor *actor;
};

/* -errno if it cannot even be told what was named. The caller calls
 * trace_seen_done() in any case. */
int trace_path_look(const struct trace_name *name,
		    struct trace_seen *ret_seen) MUST_CHECK;

/* The same for an open descriptor of the process. */
int trace_path_descriptor(pid_t thread, int fd,
			  struct trace_seen *ret_seen) MUST_CHECK;

void trace_seen_done(struct trace_seen *seen);

#endif
