/*
 * The control group of a generation, for limits, for freezing and for the sure
 * kill: jailmount/NAME/gNUMBER beneath the root of a hierarchy, or gNUMBER in
 * the group of version 2 that a service manager has delegated
 * (cgroup_delegation.h).
 *
 * Version 2 comes first: if its hierarchy is mounted, the generation has a
 * group there, made even when it offers no controllers, since freezing and
 * killing need none. A controller that a limit needs and that version 2 does
 * not offer is looked for among the hierarchies of version 1, where a group is
 * made for that controller alone. The freezer of version 1 is used only where
 * there is no version 2 at all.
 *
 * `root` is /sys/fs/cgroup everywhere but in tests. The hierarchies are looked
 * for where systemd and the Linux documentation have them: version 2 at the
 * root itself or at root/unified, version 1 at root/CONTROLLER.
 *
 * Format: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of Linux.
 */
#ifndef JAILMOUNT_CGROUP_H
#define JAILMOUNT_CGROUP_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <sys/types.h>

#define CGROUP_ROOT "/sys/fs/cgroup"

enum {
	/* Processes and threads of a jail whose recipe does not say. */
	CGROUP_DEFAULT_PROCESSES = 2048,
};

enum cgroup_controller {
	CGROUP_PIDS,
	CGROUP_MEMORY,
	CGROUP_CPU,
	CGROUP_IO,	/* "blkio" in version 1 */
	CGROUP_FREEZER, /* of version 1 */
	CGROUP_CONTROLLERS,
};

/* Where the groups of a jail are. Nothing of it is owned. */
struct cgroup_place {
	const char *root;
	const char *jail;
	/* The group of version 2 that is delegated, its path; or NULL. */
	const char *delegated;
};

struct cgroup {
	char *version2;			    /* path of its directory, or NULL */
	bool delegated;			    /* what is above is not ours */
	char *version1[CGROUP_CONTROLLERS]; /* likewise */
	bool processes_limited;		    /* some pids controller does */
};

#define CGROUP_INIT ((struct cgroup){ 0 })

/* Forget the paths; the group stays. */
void cgroup_done(struct cgroup *cgroup);

/*
 * Make the group and write its limits. A limit that the host cannot enforce is
 * refused with -ENOTSUP, but for the default of the processes, which then is
 * the resource limit's business (processes_limited is false). Nothing is left
 * on failure.
 */
int cgroup_create(const struct cgroup_place *place, unsigned int number,
		  const struct config_limits *limits, struct cgroup *ret_cgroup,
		  struct diag *diag) MUST_CHECK;

/* Whether any of them is set. */
bool cgroup_io_is_limited(const struct config_io_limits *limits);

/*
 * Limit what the group, made with such limits, reads from and writes to a
 * whole block device. 0 or -errno.
 */
int cgroup_limit_io(const struct cgroup_place *place,
		    const struct cgroup *cgroup,
		    const struct config_io_limits *limits,
		    dev_t device) MUST_CHECK;

/* The group of a generation that runs; -ENOENT if there is none. */
int cgroup_find(const struct cgroup_place *place, unsigned int number,
		struct cgroup *ret_cgroup, struct diag *diag) MUST_CHECK;

/*
 * The way in. A process can be born into the group of version 2, by clone3()
 * with CLONE_INTO_CGROUP, and goes into all others itself, by writing "0" to
 * their files. That, unlike the number of another process, has the kernel
 * wait for nobody in version 1. The files are to be opened before a cgroup
 * namespace is joined, which decides what may be done with them.
 */
struct cgroup_entrance {
	int birth; /* the directory of version 2, or -1 */
	int files[CGROUP_CONTROLLERS + 1]; /* or -1 */
};

#define CGROUP_ENTRANCE_INIT                                                   \
	((struct cgroup_entrance){ -1, { -1, -1, -1, -1, -1, -1 } })

/* With `birth` that directory, otherwise a file for version 2 too. */
int cgroup_entrance_open(const struct cgroup *cgroup, bool birth,
			 struct cgroup_entrance *ret_entrance,
			 struct diag *diag) MUST_CHECK;
void cgroup_entrance_close(struct cgroup_entrance *entrance);

/* The calling process, which must have a single thread, goes in wherever it
 * was not born. May be called after vfork(2). 0 or -errno. */
int cgroup_enter(const struct cgroup_entrance *entrance) MUST_CHECK;

/* Stop or continue everything in it, and wait until it is so, at most a
 * second. -ENOTSUP where there is no freezer, -ETIMEDOUT. */
int cgroup_freeze(const struct cgroup *cgroup, bool frozen) MUST_CHECK;

/* How often limits have been met: processes that could not be made, processes
 * that were killed for want of memory. 0 where the kernel does not count. */
struct cgroup_hits {
	uint64_t processes, killed;
};
void cgroup_read_hits(const struct cgroup *cgroup,
		      struct cgroup_hits *ret_hits);

/* SIGKILL for all that is in it, where version 2 can; what the freezer of
 * version 1 has stopped continues, so that it can die. */
void cgroup_kill(const struct cgroup *cgroup);

/*
 * Remove the group, and those of our directories above it that have become
 * empty. The kernel needs a moment after the last process has ended: at most a
 * second is waited. 0 or -EBUSY.
 */
int cgroup_remove(const struct cgroup *cgroup);

/* Kill and remove every group of a jail, whatever its number: what a
 * supervisor that was killed has left behind. */
int cgroup_clear(const struct cgroup_place *place,
		 struct diag *diag) MUST_CHECK;

#endif
