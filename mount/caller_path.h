/*
 * Where a path that a caller has named leads, as the caller sees it: beneath
 * its own root, from its own working directory.
 */
#ifndef JAILMOUNT_CALLER_PATH_H
#define JAILMOUNT_CALLER_PATH_H

#include "lib/base.h"
#include "mount/caller.h"
#include "mount/walk.h"

#include <stdbool.h>

/* Whose view, and from where. */
struct caller_view {
	const struct caller *caller;
	int notify_fd;
	int jail_root; /* the jail's root directory */
	int directory; /* where a relative path begins: a descriptor of the
			  caller's, or AT_FDCWD */
	bool follow;   /* the last component, if it is a link */
};

/* 0; -ENOMEM; -ENOENT if the caller is gone; -EINVAL for what has no path, as
 * a directory that is a pipe. */
int caller_walk(const struct caller_view *view, const char *path,
		struct walk *ret_walk) MUST_CHECK;

#endif
