/*
 * Directories beneath a root that are reached through directories alone: a
 * link on the way is an error, so nothing outside can be meant.
 *
 * openat2(2), RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS (Linux 5.6).
 */
#ifndef JAILPACK_REAL_DIRECTORY_H
#define JAILPACK_REAL_DIRECTORY_H

#include "lib/base.h"

/* O_PATH descriptor. -ELOOP if a link is on the way, -ENOTDIR for a file. */
int real_directory_open(int root, const char *path) MUST_CHECK;

/* The same, with what is missing made, 0755. */
int real_directory_make(int root, const char *path) MUST_CHECK;

/* Remembers the last directory: the next file is mostly in the same. */
struct real_directory {
	int root; /* not owned */
	int fd;
	char *path;
};

#define REAL_DIRECTORY(root_fd)                                                \
	((struct real_directory){ .root = (root_fd), .fd = -1 })

void real_directory_done(struct real_directory *directory);

/*
 * The directory that the normal path `path` lies in, made if it is missing.
 * The descriptor is good until the next call.
 */
int real_directory_of(struct real_directory *directory,
		      const char *path) MUST_CHECK;

#endif
