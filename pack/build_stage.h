/*
 * What a command of `build` has left in its stage, as a source.
 */
#ifndef JAILPACK_BUILD_STAGE_H
#define JAILPACK_BUILD_STAGE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/source.h"

/*
 * `stage` is taken over in any case. All in it is root's, with the permissions
 * that it has. A line for each device, FIFO and socket is appended to
 * `ignored`: whoever takes from the source leaves them out. -EBADMSG for a
 * symbolic link whose relative target climbs above the stage, and for what is
 * past the limits of build.h.
 */
int source_open_stage(int stage, struct buf *ignored,
		      struct source **ret_source, struct diag *diag) MUST_CHECK;

#endif
