/*
 * Packages and the files that they bring: what a dpkg database or the index
 * of an unpacked root tells. It is filled once, package after package, and
 * then asked.
 */
#ifndef JAILPACK_PACKAGES_H
#define JAILPACK_PACKAGES_H

#include "lib/base.h"
#include "pack/source.h"

struct packages;

int packages_new(struct packages **ret_packages) MUST_CHECK;
void packages_free(struct packages *packages);

/*
 * A new package, of which the files that follow are. The strings are copied.
 * 0 or -ENOMEM.
 */
int packages_add(struct packages *packages, const char *name,
		 const char *version, const char *architecture) MUST_CHECK;

/* A normal path of the package added last. 0 or -ENOMEM. */
int packages_add_file(struct packages *packages, const char *path,
		      size_t length) MUST_CHECK;

/*
 * Everything is there: nothing may be added any more, and the questions below
 * may be asked. 0 or -ENOMEM.
 */
int packages_freeze(struct packages *packages) MUST_CHECK;

/*
 * By name, with its sorted list of files; NULL if there is none. Of a name
 * that stands for several architectures the first that was added is meant;
 * NAME:ARCHITECTURE names one. -ENOMEM is told as NULL too.
 */
const struct source_package *packages_find(struct packages *packages,
					   const char *name);

/* The one package that brings a path: NULL if none does, or if several do,
 * as with most directories. Its `files` may be NULL. */
const struct source_package *packages_owner(const struct packages *packages,
					    const char *path);

#endif
