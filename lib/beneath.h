/*
 * Files beneath a root: whatever the path and the links in it say, nothing
 * outside the directory that `root` is open on can be reached. Absolute
 * paths and absolute links start at that root, as after chroot(2).
 *
 * openat2(2), RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS (Linux 5.6).
 */
#ifndef JAIL_BENEATH_H
#define JAIL_BENEATH_H

#include "lib/base.h"

#include <stdint.h>
#include <sys/stat.h>

/* A descriptor (O_CLOEXEC is added), or -errno. */
int beneath_open(int root, const char *path, int flags, mode_t mode) MUST_CHECK;

/* lstat(2): the last component is not followed. 0 or -errno. */
int beneath_lstat(int root, const char *path, struct stat *ret_stat) MUST_CHECK;

/* stat(2): every link is followed, within the root. 0 or -errno. */
int beneath_stat(int root, const char *path, struct stat *ret_stat) MUST_CHECK;

/* The target of a link; the caller frees it. 0 or -errno. */
int beneath_readlink(int root, const char *path, char **ret_target) MUST_CHECK;

#endif
