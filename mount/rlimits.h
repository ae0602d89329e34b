/*
 * Resource limits of each process of a jail.
 */
#ifndef JAILMOUNT_RLIMITS_H
#define JAILMOUNT_RLIMITS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdint.h>

/*
 * Set the limits of the calling process: no core dumps, and what the contract
 * says. `processes` limits the processes of each user of the jail; 0 leaves
 * it as it is. A limit above the host's hard limit that we have no right to
 * raise becomes that hard limit, and `notes` receives a line which says so.
 */
int rlimits_apply(const struct config_limits *limits, uint64_t processes,
		  struct buf *notes, struct diag *diag) MUST_CHECK;

#endif
