/*
 * Threads that check and unpack packages, each one package at a time, into
 * one tree.
 */
#ifndef JAILPACK_DEBIAN_POOL_H
#define JAILPACK_DEBIAN_POOL_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/debian_root.h"
#include "pack/unpack.h"

struct debian_pool;

/* Packages and options must outlive the pool. */
int debian_pool_new(const struct apt_packages *packages,
		    const struct debian_root_options *options,
		    struct debian_pool **ret_pool,
		    struct diag *diag) MUST_CHECK;
void debian_pool_free(struct debian_pool *pool);

/*
 * Unpack all of them into `tree`. -EUCLEAN as debian_root_make(). Unless
 * `ordered`, -EEXIST if packages disagree about what a path is. With it, one
 * thread goes through the packages in their order; a file that several bring
 * is then that of the one that replaces the other (deb-control(5), Replaces),
 * or of the later one, with a warning.
 */
int debian_pool_unpack(struct debian_pool *pool, int tree, bool ordered,
		       struct diag *diag) MUST_CHECK;

/* What was unpacked of each package, in their order. */
const struct unpacked *debian_pool_unpacked(const struct debian_pool *pool);

#endif
