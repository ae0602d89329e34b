/*
 * The namespaces of a jail. Host's root makes and furnishes all of them, and
 * last of all the process enters a user namespace that owns none: whatever
 * power it has in there is no power over the mounts, the network, the host
 * name or the processes.
 */
#ifndef JAILMOUNT_NAMESPACES_H
#define JAILMOUNT_NAMESPACES_H

#include "lib/base.h"
#include "lib/diag.h"

#include <sched.h>

/* Those that a jail is born into; the cgroup namespace comes once it is in
 * its group. For clone3(2). */
#define NAMESPACES_NEW                                                         \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |            \
	 CLONE_NEWNET)

/* No mount event leaves or enters the mount namespace. */
int namespaces_private(struct diag *diag) MUST_CHECK;

/* The mount that `root` is open on, attached somewhere, becomes the root; all
 * other mounts that are not beneath it are gone. */
int namespaces_pivot(int root, struct diag *diag) MUST_CHECK;

/* A cgroup namespace whose root is the group that the process is in. */
int namespaces_cgroup(struct diag *diag) MUST_CHECK;

/*
 * Enter the user namespace as its root, with every capability in it, and let
 * no further user namespaces be made there. `proc` is open on the host's
 * /proc: what is below it is looked up after the entering, which decides
 * whose limit is changed.
 */
int namespaces_enter_user(int user_namespace, int proc,
			  struct diag *diag) MUST_CHECK;

/*
 * Into the namespaces of the process behind `pidfd`, all but the user
 * namespace; the pid namespace is that of future children. Root and working
 * directory are then the jail's.
 */
int namespaces_join(int pidfd, struct diag *diag) MUST_CHECK;

/* Into the user namespace of that process, as its root. */
int namespaces_join_user(int pidfd, struct diag *diag) MUST_CHECK;

#endif
