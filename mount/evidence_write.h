/*
 * One piece of evidence: a directory for root alone, whole or not there.
 *
 *   evidence.json   whose it is, when and why it was taken, what was left out
 *   changes.json    what the layers hold, as `--diff --json` has it
 *   kept.json       likewise what was touched of the directories that outlive
 *                   the jail, where it has some
 *   executed.json   what was executed (witness.h)
 *   layers.tar      the layers themselves (evidence_archive.h)
 *   processes.json  the processes and their sockets (evidence_processes.h)
 *   refused.json    the binds that the jail was refused, then the system
 *                   calls that this generation was
 *   log             the end of the jail's log
 *   SHA256SUMS      of all of these, for sha256sum -c
 *
 * It lies in ROOT/JAIL/TIME-gGENERATION-MOMENT.
 */
#ifndef JAILMOUNT_EVIDENCE_WRITE_H
#define JAILMOUNT_EVIDENCE_WRITE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/custody.h"
#include "mount/diff.h"
#include "mount/witness.h"

#include <sys/types.h>

#define EVIDENCE_DIRECTORY "/var/lib/jailmount/evidence"

enum {
	EVIDENCE_ARCHIVE_MAX = 256 << 20, /* bytes of files in layers.tar */
	EVIDENCE_ENTRIES_MAX = 200000,
	EVIDENCE_LOG_MAX = 256 << 10,
	EVIDENCE_KEPT_MAX = 16,	      /* pieces for each jail */
	EVIDENCE_TOTAL_MAX = 1 << 30, /* bytes for each jail */
};

struct evidence_subject {
	const char *root; /* EVIDENCE_DIRECTORY, but in tests */
	const char *jail;
	const char *version;
	const char *root_hash; /* hexadecimal */
	const char *reason;    /* why the generation goes */
	const char *moment;    /* a word: when in its end this was taken */
	unsigned int generation;
	int64_t begun_time; /* of the generation; microseconds since 1970 */
	int64_t taken_time;
	struct diff_source layers;
	const struct diff_kept *kept; /* directories that outlive the jail */
	size_t kept_count;
	uint32_t range_base;
	pid_t init_pid;		       /* 0: its processes have ended */
	const struct custody *custody; /* NULL: nothing was refused */
	const struct witness *witness; /* NULL: nothing was seen */
	const struct diff *baseline;   /* what was written when it was ready;
					  NULL: nothing */
	/* Called when the generation need not be held still any longer. */
	void (*captured)(void *context);
	void *context;
	const char *log_path; /* NULL: it went to the foreground */
};

/*
 * Write it and flush it to the disk. *ret_summary says where it lies and the
 * digest of its SHA256SUMS, for the log: whoever alters the one cannot alter
 * the other. Nothing is left on failure.
 */
int evidence_write(const struct evidence_subject *subject, char **ret_summary,
		   struct diag *diag) MUST_CHECK;

/* --- evidence_keep.c ------------------------------------------------------ */

/* Remove the oldest pieces until the bounds hold, and what was left
 * unfinished by a writer that was killed. */
int evidence_prune(int directory, struct diag *diag) MUST_CHECK;

/* Remove one piece. 0 or -errno. */
int evidence_remove(int directory, const char *name);

/* The names of the pieces, oldest first; NULL-terminated, or NULL. */
int evidence_list(int directory, char ***ret_names,
		  struct diag *diag) MUST_CHECK;

/* What the name of an unfinished piece begins with. */
#define EVIDENCE_PARTIAL ".partial-"

#endif
