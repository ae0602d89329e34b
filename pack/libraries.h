/*
 * Where a dynamic loader finds a library, worked out without running it:
 * glibc's search order (ld.so(8)) and musl's (ldso/dynlink.c, load_library()).
 *
 * glibc: DT_RPATH of the object and of what loaded it (of none if the object
 * has a DT_RUNPATH), LD_LIBRARY_PATH, DT_RUNPATH, the directories of
 * ld.so.conf(5), the loader's own. In every directory the subdirectories of
 * glibc-hwcaps for better processors come first: they are packed as well.
 * musl: LD_LIBRARY_PATH, the run paths of the object and of what loaded it,
 * the path file or musl's own directories.
 *
 * A jail has no ld.so.cache. What only ld.so.conf leads to therefore needs a
 * link in one of the loader's own directories.
 */
#ifndef JAILPACK_LIBRARIES_H
#define JAILPACK_LIBRARIES_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/elf.h"
#include "pack/view.h"

#include <stdbool.h>

struct libraries;

/*
 * `library_path` is LD_LIBRARY_PATH as the service will have it, `workdir`
 * its working directory; both may be NULL. The view is not owned.
 */
int libraries_new(const struct view *view, const char *library_path,
		  const char *workdir, struct libraries **ret_libraries,
		  struct diag *diag) MUST_CHECK;
void libraries_free(struct libraries *libraries);

/* Whose needs are looked up. */
struct library_user {
	const struct elf *elf;
	const char *origin; /* $ORIGIN: the directory it was found in */
	/* Run path directories that what loaded it hands on: NULL-terminated,
	 * nearest first; NULL for none. */
	char *const *inherited;
	bool musl; /* musl's loader rather than glibc's */
};

struct library_found {
	char *path;	 /* directory as it was searched, and name */
	char *link;	 /* where a link to it is needed, or NULL */
	char **variants; /* for better processors: NULL-terminated, or NULL */
};

#define LIBRARY_FOUND_INIT ((struct library_found){ 0 })
#define CLEANUP_FOUND CLEANUP(library_found_done)

void library_found_done(struct library_found *found);

/*
 * Find a library by the name that DT_NEEDED or dlopen(3) gives. -ENOENT
 * without a diagnostic if there is none for that machine.
 */
int libraries_find(struct libraries *libraries, const struct library_user *user,
		   const char *name, struct library_found *ret_found,
		   struct diag *diag) MUST_CHECK;

/* Where it was sought, for a message: "/lib, /usr/lib". The caller frees. */
int libraries_sought(struct libraries *libraries,
		     const struct library_user *user, char **ret_text,
		     struct diag *diag) MUST_CHECK;

/* What an object hands on to the libraries that it loads: its own run path in
 * front of what it inherited. *ret_directories may become NULL: none. */
int libraries_inherit(struct libraries *libraries,
		      const struct library_user *user, char ***ret_directories,
		      struct diag *diag) MUST_CHECK;

#endif
