/*
 * Capabilities of the calling process, in its user namespace. Masks are as in
 * struct config: bit n is capability n.
 */
#ifndef JAILMOUNT_CAPABILITIES_H
#define JAILMOUNT_CAPABILITIES_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>

/*
 * Take everything but `mask` out of the bounding set: what is not in it can
 * never be had again, by execve(2) as user 0 neither. Capabilities that the
 * kernel has and this version has no name for are taken too; some in `mask`
 * that the kernel does not have give -ENOTSUP.
 */
int capabilities_bound(uint64_t mask, struct diag *diag) MUST_CHECK;

/*
 * Exactly `mask`, permitted and effective; nothing inheritable, and hence
 * nothing ambient. A program executed as user 0 then has what the bounding
 * set and, after no_new_privs, `mask` allow. Uses no memory but the stack:
 * may be called after vfork(2). 0 or -errno.
 */
int capabilities_set(uint64_t mask) MUST_CHECK;

/* The same with some of the permitted ones not effective, but to be taken up
 * again. `effective` is part of `permitted`. */
int capabilities_keep(uint64_t permitted, uint64_t effective) MUST_CHECK;

#endif
