/*
 * One look at one system call, and what comes of it. For the files of
 * explain.h alone.
 */
#ifndef JAILMOUNT_EXPLAIN_LOOK_H
#define JAILMOUNT_EXPLAIN_LOOK_H

#include "lib/base.h"
#include "lib/bill.h"
#include "mount/explain.h"
#include "mount/explain_calls.h"
#include "mount/explain_list.h"
#include "mount/explain_sources.h"
#include "mount/seccomp.h"

#include <stdbool.h>

struct explain {
	const struct config *config;
	struct explain_options options;
	struct explain_sources sources;
	struct explain_list list;
	struct bill bill;
	uint8_t verdicts[SECCOMP_NUMBERS];
};

/* One row of one call, and what is known of it. */
struct look {
	struct explain *explain;
	const struct explain_view *view;
	struct caller *caller;
	int notify_fd;
	const struct explain_call *call;
	struct explain_wish wish;
	unsigned int nesting; /* of interpreters */
	struct buf *told;
};

/* What is to be noted down; nothing of it is owned. NULL for what is not. */
struct finding_text {
	enum explain_kind kind;
	bool usual;
	bool packed;
	const char *subject, *line, *note, *origin, *package, *directory;
};

/*
 * Each of these: 0, or -ENOMEM. What cannot be read of the caller, because it
 * gave a wrong address or is gone, is no error and nothing to note.
 */

/* Note it down if it is new, and tell it. */
int explain_note(struct explain *explain, const char *call, const char *command,
		 const struct finding_text *text, struct buf *told) MUST_CHECK;
/* The same for the call that is looked at. */
int explain_note_look(const struct look *look,
		      const struct finding_text *text) MUST_CHECK;

/* explain_path.c: the path that the call's row names, or one that was read. */
int explain_look_at_text(struct look *look) MUST_CHECK;
int explain_look_at_path(const struct look *look, const char *path) MUST_CHECK;

/* explain_place.c: what a path that was followed to its end means. */
int explain_look_at_walk(const struct look *look,
			 const struct walk *walk) MUST_CHECK;

/* explain_script.c: a program that is there and is to be executed. */
int explain_look_at_program(const struct look *look,
			    const struct walk *walk) MUST_CHECK;

/* explain_socket.c */
int explain_look_at_socket(struct look *look) MUST_CHECK;

#endif
