/*
 * What it takes to make one generation of a jail, as an ordered list of typed
 * steps. plan_make() is pure: contract and options in, steps out. apply.h
 * performs them; `jailmount --dry-run` prints them.
 *
 * Three phases, in this order:
 *   HOST  by the supervisor, in the host's namespaces; each is undone in
 *         reverse order when a later one fails and when the generation ends
 *   JAIL  by the jail's first process, root in the host's user namespace but
 *         in fresh mount, pid, ipc, uts, net (and cgroup) namespaces; what
 *         they do dies with those
 *   LAST  by that process when it gives up its powers, in an order that
 *         matters: resource limits, user namespace, no_new_privs, seccomp,
 *         capabilities
 */
#ifndef JAILMOUNT_PLAN_H
#define JAILMOUNT_PLAN_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/network_namespace.h"
#include "mount/peers.h"
#include "mount/places.h"

#include <stdbool.h>
#include <stdint.h>

enum step_kind {
	/* HOST */
	STEP_USER_NAMESPACE, /* range_base, range_length */
	STEP_CGROUP,	     /* path beneath the hierarchy, limits */
	STEP_LOOP,	     /* attach the verified image */
	STEP_VERITY,	     /* and that to dm-verity */
	STEP_SQUASHFS,	     /* a superblock of its own, detached mount */
	STEP_IDMAP,	     /* of that mount, into the range */
	STEP_LAYER,	     /* a tmpfs with limits, detached mount */
	STEP_IO_LIMITS,	     /* for the devices behind image and places */
	STEP_PLACES,	     /* what is kept and shared, detached mounts */
	/* JAIL */
	STEP_NETWORK,	       /* into the network that is the jail's own */
	STEP_CGROUP_NAMESPACE, /* once in the groups of STEP_CGROUP */
	STEP_PRIVATE,	       /* no mount event leaves or enters */
	STEP_ROOT,	       /* the image becomes the new root's place */
	STEP_DEV,	       /* a tmpfs at /dev with these nodes, then ro */
	STEP_WRITABLE,	       /* the layer at its path */
	STEP_OVERLAY,	       /* an overlay of the layer over its path */
	STEP_ATTACH_PLACES,    /* over the layers */
	STEP_HOSTS,	       /* the names of peers, over /etc/hosts */
	STEP_PROC,
	STEP_HOSTNAME,
	STEP_PIVOT,
	/* LAST */
	STEP_RLIMITS, /* raised before the next takes the power to; they are
			 set when the program is started */
	STEP_ENTER_USER_NAMESPACE, /* and forbid further ones in it */
	STEP_KEYRING,
	STEP_NO_NEW_PRIVS,
	STEP_LANDLOCK, /* where the kernel has it */
	STEP_SECCOMP,
	STEP_CAPABILITIES,
	STEP_KINDS,
};

enum step_phase { PHASE_HOST, PHASE_JAIL, PHASE_LAST };

struct step {
	enum step_kind kind;
	/* The layer of STEP_LAYER, STEP_WRITABLE, STEP_OVERLAY. */
	const struct config_layer *layer;
	size_t layer_index;
};

struct plan_options {
	const char *jail;	     /* its name on this host */
	bool verity;		     /* dm-verity protects the image */
	uint32_t range_base;	     /* first host uid and gid of the jail */
	uint32_t range_length;	     /* how many; 65536 */
	const struct places *places; /* opened, not owned; or NULL, where the
					plan is for looking at only */
	/* What a service manager has given to it: cgroup_delegation.h. */
	const char *delegated;
	/* The network of its own, if it has one; likewise. */
	const struct network_namespace *network;
	const struct peers *peers; /* looked up; likewise */
	bool assemble_only; /* IMAGE DIR: no process, only mounts; the range
			       is not used then */
};

struct plan {
	const struct config *config; /* not owned, outlives the plan */
	struct plan_options options;
	struct step *steps;
	size_t step_count;
};

#define PLAN_INIT ((struct plan){ 0 })
#define CLEANUP_PLAN CLEANUP(plan_done)

/* -EOPNOTSUPP for a contract that asks for more than is done: refusal.h. */
int plan_make(const struct config *config, const struct plan_options *options,
	      struct plan *ret_plan, struct diag *diag) MUST_CHECK;
void plan_done(struct plan *plan);

enum step_phase step_phase(enum step_kind kind);
const char *step_name(enum step_kind kind);

/* One line a step, for people; or one JSON array. */
int plan_print(const struct plan *plan, bool json, struct buf *text,
	       struct diag *diag) MUST_CHECK;

#endif
