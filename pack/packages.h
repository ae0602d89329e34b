/*
 * Packages and the files that they bring: what a dpkg database or the index
 * of an unpacked root tells. It is filled once, package after package, and
 * then asked.
 *
 * A host has a few hundred thousand files, of which a jail takes some dozens:
 * only digests of the paths are kept, 44 bits each, and a package's list is
 * made when somebody asks for it.
 */
#ifndef JAILPACK_PACKAGES_H
#define JAILPACK_PACKAGES_H

#include "lib/base.h"
#include "pack/source.h"
#include "pack/string_list.h"

struct packages;

/*
 * Appends every path of the package that was added as number `package`, from
 * 0, to `files`: the same that packages_add_file() was told. 0 or -errno.
 */
typedef int (*packages_list_files)(void *context, size_t package,
				   struct string_list *files);

int packages_new(packages_list_files list_files, void *context,
		 struct packages **ret_packages) MUST_CHECK;
void packages_free(struct packages *packages);

/*
 * A new package, of which the files that follow are. The strings are copied.
 * 0, -ENOMEM, or -E2BIG past a million.
 */
int packages_add(struct packages *packages, const char *name,
		 const char *version, const char *architecture) MUST_CHECK;

/* A normal path of the package added last. 0 or -ENOMEM. */
int packages_add_file(struct packages *packages, const char *path,
		      size_t length) MUST_CHECK;

/*
 * By name, with its sorted list of files; NULL if there is none. Of a name
 * that stands for several architectures the first that was added is meant;
 * NAME:ARCHITECTURE names one. A list that cannot be made is told as NULL too.
 * The answer stays while nothing is added.
 */
const struct source_package *packages_find(struct packages *packages,
					   const char *name);

/* The one package that brings a path: NULL if none does, or if several do,
 * as with most directories. Its `files` may be NULL. */
const struct source_package *packages_owner(const struct packages *packages,
					    const char *path);

#endif
