/*
 * Where what a jail lacks may be found: the directories that the operator
 * names, then the host itself. An image does not say what its sources were,
 * and would not be believed.
 *
 * A jail chooses the paths that are looked up here. Links are followed within
 * the source, by walk.h, and no file system is entered that others answer for
 * or that looking at has an effect on: a jail must not make the host's
 * automounter call out.
 */
#ifndef JAILMOUNT_EXPLAIN_SOURCES_H
#define JAILMOUNT_EXPLAIN_SOURCES_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/package_files.h"
#include "mount/walk.h"

struct explain_source {
	int root;
	char *name; /* as it is called in messages */
	bool is_host;
};

struct explain_sources {
	struct explain_source *sources;
	size_t count;
	dev_t *refused; /* file systems that are not entered */
	size_t refused_count;
	struct package_files packages; /* of the host */
};

#define EXPLAIN_SOURCES_INIT ((struct explain_sources){ 0 })

void explain_sources_done(struct explain_sources *sources);

/* `directories` is NULL-terminated or NULL. */
int explain_sources_open(char *const *directories,
			 struct explain_sources *ret_sources,
			 struct diag *diag) MUST_CHECK;

struct explain_place {
	const struct explain_source *source;
	struct stat status;  /* of the path, not followed if it is a link */
	struct walk walk;    /* all links followed: where it leads */
	const char *package; /* of the host's, or NULL */
};

#define EXPLAIN_PLACE_INIT ((struct explain_place){ .walk = WALK_INIT })
#define CLEANUP_EXPLAIN_PLACE CLEANUP(explain_place_done)

void explain_place_done(struct explain_place *place);

/* 1 with the first source that has the path, 0 if none has; -ENOMEM. */
int explain_sources_find(struct explain_sources *sources, const char *path,
			 struct explain_place *ret_place) MUST_CHECK;

#endif
