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
#include <stdbool.h>

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
 * Enter the user namespace as its root, with every capability in it. `proc`
 * is open on the host's /proc: what is below it is looked up after the
 * entering, which decides whose limits are changed.
 *
 * No further user namespaces can be made in it. With `all`, no namespaces of
 * any kind: a jail that keeps CAP_SYS_ADMIN could otherwise make some which
 * it then does own, and mount in them.
 */
int namespaces_enter_user(int user_namespace, int proc, bool all,
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
