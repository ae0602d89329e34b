/*
 * A directory for the time of one run: `unpacked/` in the packer's cache has
 * one for each. It is locked while it is in use; what a killed process left
 * there is removed by the next that asks for one.
 */
#ifndef JAILPACK_SCRATCH_H
#define JAILPACK_SCRATCH_H

#include "lib/base.h"
#include "lib/diag.h"

struct scratch {
	int above; /* descriptor of the directory that it lies in */
	int fd;	   /* its own, locked */
	char *name;
};

#define SCRATCH_INIT ((struct scratch){ .above = -1, .fd = -1 })
#define CLEANUP_SCRATCH CLEANUP(scratch_done)

/* An empty one; `cache` as in debian_cache_open(). */
int scratch_new(const char *cache, struct scratch *ret_scratch,
		struct diag *diag) MUST_CHECK;

/* Remove it, with all that is in it. */
void scratch_done(struct scratch *scratch);

#endif
