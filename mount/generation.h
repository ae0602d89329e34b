/*
 * A generation: one life of a jail. Fresh mounts, fresh layers, a fresh
 * process tree under an init of ours, in namespaces that it does not own.
 *
 * generation_start() performs a plan. When it returns 0 the service's program
 * runs (its execve succeeded); when it fails nothing of the generation is
 * left. The supervisor then holds the descriptors below and watches them.
 */
#ifndef JAILMOUNT_GENERATION_H
#define JAILMOUNT_GENERATION_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/plan.h"
#include "mount/superblock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct generation;

/* Descriptors that become the service's own; not owned, not closed. */
struct generation_io {
	int standard_input;  /* -1: the jail's /dev/null, or closed */
	int standard_output; /* write ends of the supervisor's pipes */
	int standard_error;
	/* NULL: the contract's service, or all of them that stay. */
	char *const *arguments;
	/*
	 * NULL, or with --explain what answers the system calls by which the
	 * program is started: notify_fd has one. 1 to be called again, 0 when
	 * that was the execve(2), or -errno.
	 */
	int (*starting)(void *context, struct generation *generation);
	void *context;
};

struct generation {
	unsigned int number; /* 1, 2, 3 ... in the life of a supervisor */
	pid_t init_pid;	     /* as the host numbers it */
	int init_pidfd;	     /* readable when the generation is over */
	int service_pidfd;   /* of the program itself; -1 for several, of
				which news comes by the channel */
	int notify_fd;	     /* seccomp user notification: seccomp.h */
	int stdout_fifo_fd;  /* read ends of /dev/stdout, /dev/stderr */
	int stderr_fifo_fd;
	int syslog_fd;	 /* datagram socket bound to /dev/log */
	int announce_fd; /* likewise, to /dev/notify */
	/* The four above are -1 where the image asks for no such thing. A
	   FIFO's descriptor never reports the end of the file: it holds the
	   other end open too. All of them are non-blocking. */
	int *layer_fds; /* O_PATH-free directory descriptors: a writable
			   layer's root, an overlay's upper directory;
			   config->layer_count of them */
	int *lower_fds; /* of an overlay: its directory in the image, opened
			   before anything was mounted over it, since whoever
			   goes there by a path ends in the overlay; otherwise
			   -1. layer_count of them too */
	size_t layer_count;
	int image_root_fd; /* the idmapped squashfs itself, read-only */
	int jail_root_fd;  /* with --explain: the jail's root, O_PATH; or -1 */
	char *notes; /* what the operator should know, a line each, such as a
			limit that this host cannot raise; NULL: nothing */

	int channel_fd; /* the init ends when the last copy of it is closed;
			   of several services: service_channel.h */

	/* For generation.c alone. */
	bool reaped;
	int status; /* valid once reaped */
	struct host_state
		*host; /* apply.h: what HOST steps hold, to be undone */
};

/*
 * What generation_start() and generation_exec() return, beside a negative
 * errno, when everything stood but the program itself would not run. They lie
 * outside of the errno range, because no other -ENOENT may be taken for them.
 */
enum {
	GENERATION_NOT_EXECUTABLE = -10126,
	GENERATION_NOT_FOUND = -10127,
};

/* What jailmount exits with for such an error: 127, 126, or 125 for all
 * others, as chroot(1) does. */
int generation_exit_status(int error);

/*
 * `superblock` is the verified image's. `number` names the generation and
 * its cgroup. The cgroup and namespaces are ready before the first byte of the
 * image is executed.
 */
int generation_start(const struct plan *plan, struct superblock *superblock,
		     unsigned int number, const struct generation_io *io,
		     struct generation **ret_generation,
		     struct diag *diag) MUST_CHECK;

/* Signal the service's program, or those of all. 0 or -errno. */
int generation_signal(const struct generation *generation, int signal);

/* Ask it to finish: with the contract's signal for the program, or for one
 * service after the other. 0 or -errno. */
int generation_stop(const struct generation *generation);

/* SIGKILL for every process of it, by way of its init. Does not wait. */
void generation_kill(struct generation *generation);

/*
 * After init_pidfd became readable: reap it. *ret_status is the service's
 * exit status, or 128 + the signal that ended it.
 */
int generation_reap(struct generation *generation, int *ret_status);

/*
 * Stop or continue every process of it (cgroup freezer, v2 or v1). -ENOTSUP
 * where there is no freezer. Waits until it is so, at most a second.
 */
int generation_freeze(struct generation *generation, bool frozen);

/* Its control group; not the caller's. */
const struct cgroup *generation_cgroup(const struct generation *generation);

/*
 * Kill what lives, reap, undo the host steps, close everything. NULL is fine.
 * Afterwards no mount, loop device, cgroup or process of it is left.
 */
void generation_free(struct generation *generation);

/* A program of `--exec`. */
struct generation_guest {
	unsigned int number; /* of the generation */
	int init_pidfd;
	int channel; /* to the supervisor: guests.h */
	char *const *arguments;
};

/*
 * `--exec`: run a program in a live jail, as confined as the service, with the
 * caller's standard descriptors. Called in the client: it joins the namespaces
 * of the process behind `init_pidfd` and its cgroup, goes through the plan's
 * LAST steps, lets the supervisor hear of what it will execute, and executes;
 * waits for it and gives its status as generation_reap() does.
 */
int generation_exec(const struct plan *plan,
		    const struct generation_guest *guest, int *ret_status,
		    struct diag *diag) MUST_CHECK;

#endif
