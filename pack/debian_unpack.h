/*
 * Packages unpacked, each into a directory of its own that is named by the
 * SHA-256 of its file: "tree", laid out as on a merged /usr, "index"
 * (root_index.h), and "control" (deb-control(5)). No maintainer script runs, so
 * what those make (alternatives, accounts, caches) is not there.
 */
#ifndef JAILPACK_DEBIAN_UNPACK_H
#define JAILPACK_DEBIAN_UNPACK_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/apt.h"

#include <stdbool.h>

#define DEBIAN_TREE "tree"
#define DEBIAN_INDEX "index"
#define DEBIAN_CONTROL "control"

enum { DEBIAN_PACKAGE_NAME_SIZE = 2 * SHA256_SIZE + 1 };

/* The name of a package's directory. */
void debian_package_name(const struct apt_package *package,
			 char ret_name[DEBIAN_PACKAGE_NAME_SIZE]);

/* It is unpacked in the open directory already. */
bool debian_is_unpacked(int directory, const struct apt_package *package);

struct debian_unpack_options {
	unsigned int threads; /* 0: as many as this process may use */
	/*
	 * Fetches the files that are not there yet, each of which appears
	 * whole or grows to its size; NULL: all are there. It runs while those
	 * that are there are being unpacked.
	 */
	int (*fetch)(void *context, struct diag *diag);
	/* Called by this thread; each may be NULL. */
	void (*progress)(void *context, const char *text);
	void (*warn)(void *context, const char *text);
	void *context;
};

/*
 * Unpack those that are not in the open directory yet. Every file is first
 * held against its SHA-256: one that does not match is removed, and -EUCLEAN
 * tells that fetching it again may help.
 */
int debian_unpack(int directory, const struct apt_packages *packages,
		  const struct debian_unpack_options *options,
		  struct diag *diag) MUST_CHECK;

#endif
