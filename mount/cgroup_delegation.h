/*
 * The control group that a service manager gives to the service that it
 * starts, for that to divide.
 *
 * Format: "Control Group APIs and Delegation" of systemd. A group of version 2
 * that is delegated has the extended attribute user.delegate, or
 * trusted.delegate, "1". Limits can be set in what is below it only when no
 * process is left in the group itself: so the supervisor goes into one of its
 * own there, beside those of the generations. That is the kernel's rule of no
 * internal processes (Documentation/admin-guide/cgroup-v2.rst of Linux).
 */
#ifndef JAILMOUNT_CGROUP_DELEGATION_H
#define JAILMOUNT_CGROUP_DELEGATION_H

#include "lib/base.h"
#include "lib/diag.h"

/* Of the supervisor's group, as a name for DelegateSubgroup= too. */
#define CGROUP_SUPERVISOR "supervisor"

/*
 * If the group of version 2 that this process is in is delegated: go into the
 * one below it, and give the path of the delegated one, which the caller
 * frees. Otherwise NULL. -EBUSY if others are in it.
 */
int cgroup_delegation_take(const char *root, char **ret_path,
			   struct diag *diag) MUST_CHECK;

#endif
