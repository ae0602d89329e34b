/*
 * What is read from a traced process that waits for the answer to its system
 * call: memory, links of /proc, credentials. What is read may change the next
 * moment if it has threads; a draft does not mind.
 */
#ifndef JAILPACK_TRACE_PROCESS_H
#define JAILPACK_TRACE_PROCESS_H

#include "lib/base.h"
#include "pack/trace_event.h"

#include <sys/types.h>

/* `length` bytes at an address. 0 or -errno. */
int process_read(pid_t thread, uint64_t address, void *data,
		 size_t length) MUST_CHECK;

/* A string with its NUL, at most `size` bytes: -ENAMETOOLONG past that. */
int process_read_text(pid_t thread, uint64_t address, char *text,
		      size_t size) MUST_CHECK;

/*
 * Where /proc/THREAD/NAME ("cwd", "root", "fd/3") leads, as the tracer would
 * call it. -ENOENT if that has no path (any more).
 */
int process_link(pid_t thread, const char *name,
		 char link[TRACE_PATH_SIZE]) MUST_CHECK;

/* A descriptor (O_PATH) on the root directory of the process, or -errno. */
int process_open_root(pid_t thread) MUST_CHECK;

/* Its own descriptor `fd`, doubled, or -errno. */
int process_take_descriptor(pid_t thread, int fd) MUST_CHECK;

/* Who it is. */
int process_actor(pid_t thread, struct trace_actor *ret_actor) MUST_CHECK;

#endif
