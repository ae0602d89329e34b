/*
 * Which Debian package a file belongs to, as the host's dpkg has it:
 * /var/lib/dpkg/info/PACKAGE.list, dpkg(1). Paths are kept as hashes: there
 * are hundreds of thousands of them.
 */
#ifndef JAILMOUNT_PACKAGE_FILES_H
#define JAILMOUNT_PACKAGE_FILES_H

#include "lib/base.h"

#include <stdint.h>

enum {
	PACKAGE_FILES_MAX = 1 << 22,	   /* paths in all */
	PACKAGE_FILES_LIST_MAX = 64 << 20, /* bytes of one list */
};

struct package_file {
	uint64_t hash;
	uint32_t package;
};

struct package_files {
	char **names;		    /* of packages; NULL-terminated or NULL */
	struct package_file *files; /* sorted */
	size_t count;
};

#define PACKAGE_FILES_INIT ((struct package_files){ 0 })

void package_files_done(struct package_files *files);

/* Read the lists beneath `root`, a directory. None at all is an empty table.
 * 0 or -ENOMEM. */
int package_files_load(int root, struct package_files *ret_files) MUST_CHECK;

/* The name of a package that has a file, link or directory of that path, also
 * under the name that it had before /usr was merged; or NULL. */
const char *package_files_find(const struct package_files *files,
			       const char *path);

#endif
