/*
 * Control groups, version 2: one hierarchy. For cgroup*.c alone.
 */
#ifndef JAILMOUNT_CGROUP_V2_H
#define JAILMOUNT_CGROUP_V2_H

#include "lib/base.h"
#include "lib/config.h"
#include "mount/cgroup.h"

#include <stdbool.h>

/* True if it is mounted; its path, which the caller frees. */
bool cgroup_v2_hierarchy(const char *root, char **ret_path);

/* The same for what of it is ours to divide: all, or what is delegated. */
bool cgroup_v2_base(const struct cgroup_place *place, char **ret_path);

/* The path of the group that the groups of a jail lie in, beneath that base or
 * the base itself; the caller frees it. NULL without memory. */
char *cgroup_v2_jail(const struct cgroup_place *place, const char *base);

/* True if the hierarchy, or the part that begins there, has the controller. */
bool cgroup_v2_offers(const char *hierarchy, enum cgroup_controller controller);

/*
 * Write the limit into the group at `path`, beneath `hierarchy` or what of it
 * is ours; enable the controller on the way to it if it is not. 0 or -errno.
 */
int cgroup_v2_limit(const char *hierarchy, const char *path,
		    enum cgroup_controller controller,
		    const struct config_limits *limits) MUST_CHECK;

/* Enable the controller there and in every directory between it and the group.
 * 0 or -errno. */
int cgroup_v2_enable(const char *hierarchy, const char *path,
		     enum cgroup_controller controller) MUST_CHECK;

/* See cgroup_freeze(). */
int cgroup_v2_freeze(const char *path, bool frozen) MUST_CHECK;

void cgroup_v2_kill(const char *path);

#endif
