/*
 * Control groups, version 1: one hierarchy a controller. For cgroup.c alone.
 */
#ifndef JAILMOUNT_CGROUP_V1_H
#define JAILMOUNT_CGROUP_V1_H

#include "lib/base.h"
#include "lib/config.h"
#include "mount/cgroup.h"

#include <stdbool.h>

/* True if root/CONTROLLER is a hierarchy; its path, which the caller frees. */
bool cgroup_v1_hierarchy(const char *root, enum cgroup_controller controller,
			 char **ret_path);

/* Write the limit into the group at `path`. 0 or -errno. */
int cgroup_v1_limit(const char *path, enum cgroup_controller controller,
		    const struct config_limits *limits) MUST_CHECK;

/* See cgroup_freeze(); `path` is a group of the freezer. */
int cgroup_v1_freeze(const char *path, bool frozen) MUST_CHECK;

#endif
