/*
 * A root made of Debian packages: their files in one tree, as dpkg would lay
 * them, and the index that tells the rest (root_index.h). No maintainer script
 * runs, so what those make (alternatives, accounts, caches) is not there.
 */
#ifndef JAILPACK_DEBIAN_ROOT_H
#define JAILPACK_DEBIAN_ROOT_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/apt.h"

#define DEBIAN_ROOT_TREE "tree"
#define DEBIAN_ROOT_INDEX "index"

/* Names the root that the packages make, by all that they are. */
int debian_root_digest(const struct apt_packages *packages,
		       uint8_t ret_digest[SHA256_SIZE],
		       struct diag *diag) MUST_CHECK;

struct debian_root_options {
	unsigned int threads; /* 0: as many as this process may use */
	/* All called by the thread that makes the root; each may be NULL. */
	void (*progress)(void *context, const char *text);
	void (*warn)(void *context, const char *text);
	void *context;
};

/*
 * Make tree and index in the empty directory that `directory` is open on.
 * Every package's file is first held against its SHA-256: one that does not
 * match is removed, and -EUCLEAN tells that another download may help.
 */
int debian_root_make(int directory, const struct apt_packages *packages,
		     const struct debian_root_options *options,
		     struct diag *diag) MUST_CHECK;

#endif
