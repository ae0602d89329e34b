/*
 * Where the control groups of a jail are, and what an earlier supervisor has
 * left in them. For supervisor.c.
 */
#ifndef JAILMOUNT_SUPERVISOR_GROUPS_H
#define JAILMOUNT_SUPERVISOR_GROUPS_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/cgroup.h"

struct supervisor;

/* Take what the service manager has delegated, if there is one. */
int supervisor_take_groups(struct supervisor *supervisor,
			   struct diag *diag) MUST_CHECK;

struct cgroup_place supervisor_groups(const struct supervisor *supervisor);

/* Clear what state.json, which is an earlier supervisor's still, tells of. */
int supervisor_clear_stale(struct supervisor *supervisor,
			   struct diag *diag) MUST_CHECK;

#endif
