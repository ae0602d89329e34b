/*
 * Resource limits of each process of a jail. In two parts: what is above the
 * host's own limits has to be raised while there still is the power to, and
 * is lowered to the exact value in the program's own process, so that it does
 * not hinder the init.
 */
#ifndef JAILMOUNT_RLIMITS_H
#define JAILMOUNT_RLIMITS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdint.h>

/*
 * Forbid core dumps, and raise the hard limits of the calling process where the
 * contract wants more. One that we have no right to raise stays as it is, and
 * `notes` receives a line which says so.
 */
int rlimits_raise(const struct config_limits *limits, struct buf *notes,
		  struct diag *diag) MUST_CHECK;

/*
 * Set the limits of the calling process to what the contract says, as far as
 * the hard limits allow. `processes` limits the processes of
 * each user of the jail; 0 leaves it as it is. May be called after vfork(2).
 * 0 or -errno.
 */
int rlimits_apply(const struct config_limits *limits,
		  uint64_t processes) MUST_CHECK;

#endif
