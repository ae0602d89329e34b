/*
 * In which directories one object's libraries are sought, and in which order.
 * For libraries.c.
 */
#ifndef JAILPACK_LIBRARY_SEARCH_H
#define JAILPACK_LIBRARY_SEARCH_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/libraries.h"
#include "pack/loader_paths.h"

/* The directories of one search, in order. */
struct library_search {
	char **named;  /* run paths and LD_LIBRARY_PATH */
	char **others; /* run paths for better platforms than the least */
	char **conf;   /* ld.so.conf; not owned */
	char **system; /* built in */
	const struct loader_machine *machine; /* NULL: not known */
	bool musl;
};

#define CLEANUP_SEARCH CLEANUP(library_search_done)

/* The view that is searched. */
const struct view *libraries_view(const struct libraries *libraries);

/* The directories for what `user` needs. Whether or not it succeeds,
 * *ret_search is to be released. */
int library_search_fill(struct libraries *libraries,
			const struct library_user *user,
			struct library_search *ret_search,
			struct diag *diag) MUST_CHECK;
void library_search_done(struct library_search *search);

/* Where a directory leads to; NULL in *ret_real if it is not there. Looked at
 * once. */
int library_directory(struct libraries *libraries, const char *path,
		      const char **ret_real, struct diag *diag) MUST_CHECK;

/* The directories of a run path, or the path that a name with a slash in it
 * means, appended. $PLATFORM is the least of them. */
int library_split(struct libraries *libraries, const struct library_user *user,
		  const char *list, char ***directories,
		  struct diag *diag) MUST_CHECK;

#endif
