/*
 * What an execve(2) or execveat(2) that is put to the supervisor would
 * execute, and whether the image holds it.
 *
 * It is told from the mount that the file lies in: everything in a jail that
 * is not the image is mounted over it. The look decides nothing that the
 * kernel does not decide by itself (noexec, Landlock); a caller whose other
 * threads change the name meanwhile deceives the look, and executes nothing
 * else by that.
 */
#ifndef JAILMOUNT_EXECUTION_H
#define JAILMOUNT_EXECUTION_H

#include "lib/base.h"
#include "mount/caller.h"

#include <stdbool.h>

struct execution {
	char *path;    /* in the jail, or "/memfd:NAME (deleted)"; any bytes */
	bool of_image; /* else: of a layer, a kept directory, memory ... */
};

/* The mounted image, which is the jail's root. */
struct execution_image {
	int root; /* its root directory; not owned */
	uint64_t mount;
};

/* 0 or -errno. */
int execution_image_open(int root,
			 struct execution_image *ret_image) MUST_CHECK;

#define EXECUTION_INIT ((struct execution){ 0 })
#define CLEANUP_EXECUTION CLEANUP(execution_done)

void execution_done(struct execution *execution);

/*
 * 1 if there is such a file: a regular one of the image's that is executable by
 * somebody, or any regular file elsewhere. 0 if the call will fail, or names
 * what cannot be told; -ENOMEM.
 */
int execution_look(const struct execution_image *image, int notify_fd,
		   const struct caller *caller,
		   struct execution *ret_execution) MUST_CHECK;

#endif
