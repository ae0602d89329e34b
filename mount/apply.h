/*
 * The executor of a plan: performs its steps in order and, when one fails,
 * undoes those before it in reverse. It decides nothing.
 */
#ifndef JAILMOUNT_APPLY_H
#define JAILMOUNT_APPLY_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "mount/cgroup.h"
#include "mount/devices.h"
#include "mount/plan.h"
#include "mount/read_ahead.h"
#include "mount/seccomp.h"
#include "mount/superblock.h"
#include "mount/user_namespace.h"

#include <stdbool.h>

/* What the HOST steps have made. */
struct host_state {
	const struct plan *plan;       /* not owned */
	struct superblock *superblock; /* not owned */
	unsigned int number;
	size_t done; /* how many steps of the plan are to be undone */

	struct user_namespace user_namespace;
	struct cgroup cgroup;
	int image_mount;
	struct read_ahead *read_ahead; /* or NULL */
	int *layer_mounts;	       /* by index in the contract */
	int *layer_files;	       /* see layers.h */
	int *place_mounts;	       /* as many as plan->options.places has */
	const char *note; /* what the operator should know, or NULL */
};

/*
 * Perform the HOST steps, the image being what the superblock has. On failure
 * nothing of them is left; plan and superblock must outlive the state.
 */
int apply_host(const struct plan *plan, struct superblock *superblock,
	       unsigned int number, struct host_state **ret_state,
	       struct diag *diag) MUST_CHECK;

/* Undo them and free the state. What the jail's mount namespace still holds
 * has to be gone before. NULL is fine. */
void undo_host(struct host_state *state);

/* What the JAIL steps need beyond that, and what they make. */
struct jail_state {
	const struct host_state *host;
	const struct cgroup_entrance *entrance;
	/* Where the image is attached: a directory of the host's, on top of
	   which it comes to lie. */
	const char *place;

	struct buf *notes; /* for the operator, a line each; not owned */

	struct device_ends device_ends; /* to be DEVICE_ENDS_INIT before */
};

/*
 * Perform the JAIL steps in the calling process. With a plan that only
 * assembles, nothing stays mounted on failure; otherwise what they did ends
 * with the namespaces that the process is in.
 */
int apply_jail(struct jail_state *state, struct diag *diag) MUST_CHECK;

/* What the LAST steps need, and what they make. */
struct last_state {
	const struct plan *plan;
	const struct seccomp_filter *filter;
	/* The jail's user namespace and the host's /proc; or, with -1 for
	   both, the process that already is in it. */
	int user_namespace;
	int proc;
	int join_pidfd;
	uint64_t keep_capabilities; /* beyond the contract's */
	bool want_listener;

	int listener;
	struct buf notes; /* for the operator, a line each */
};

#define LAST_STATE_INIT                                                        \
	((struct last_state){ .user_namespace = -1,                            \
			      .proc = -1,                                      \
			      .join_pidfd = -1,                                \
			      .listener = -1 })

/* Perform the LAST steps in the calling process: there is no way back. */
int apply_last(struct last_state *state, struct diag *diag) MUST_CHECK;

#endif
