/*
 * The line of a recipe that gives a jail what it was found to lack: pure
 * rules, from what was looked for and what is known of it.
 */
#ifndef JAILMOUNT_EXPLAIN_LINE_H
#define JAILMOUNT_EXPLAIN_LINE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Something that the jail has not, and that is there elsewhere. */
struct explain_missing {
	const char *path; /* in the jail, normal */
	bool lists;	  /* it was opened, to be read */
	/* What a source has at that path: */
	struct stat status;
	bool of_host;	 /* the source is the host */
	bool of_package; /* and a package of its has the file */
	/* The first link on the way that the jail has not; NULL if it lacks
	 * none, or lacks more than that. */
	const char *link;
	const char *link_target;
	/* The image has it, beneath this layer. */
	const struct config_layer *hidden_by;
};

enum explain_worth {
	EXPLAIN_NOTHING, /* no line would help, or nobody should add it */
	EXPLAIN_USUAL,	 /* what programs look for and do without */
	EXPLAIN_LINE,
};

/*
 * Append the line, and what to know about it, if anything. A line that begins
 * with "#" is one that has to be finished by hand. What a recipe cannot say,
 * such as a name with a newline, is such a line too.
 */
enum explain_worth explain_missing_line(const struct explain_missing *missing,
					const struct config *config,
					struct buf *line, struct buf *note);

/* A write to `path` in `directory`, which is part of the read-only image. */
enum explain_worth explain_write_line(const char *path, const char *directory,
				      const struct config *config,
				      struct buf *line, struct buf *note);

/* True for what is never to be looked for on the host: what is the kernel's,
 * or a running system's own. */
bool explain_is_volatile(const char *path);

#endif
