/*
 * Which capabilities a system call cannot do without, by the rules of
 * capabilities(7), credentials(7) and path_resolution(7). Pure.
 *
 * Only what the caller has counts: what it lacks was refused then and there.
 */
#ifndef JAILPACK_TRACE_POWERS_H
#define JAILPACK_TRACE_POWERS_H

#include "lib/base.h"
#include "pack/trace_event.h"

/* Of what access(2) asks. */
enum { TRACE_MAY_EXECUTE = 1, TRACE_MAY_WRITE = 2, TRACE_MAY_READ = 4 };

/*
 * The capability without which the actor could not do `wanted` with something
 * of that mode and owner, as one bit; 0 if none is needed or the actor has
 * none that would do.
 */
uint64_t trace_access(const struct trace_actor *actor, mode_t mode,
		      uint32_t uid, uint32_t gid, unsigned int wanted);

/* True for an open(2) that makes a file, or would if it were not there and does
 * not read what is in it: in a jail it will be made, and be its maker's. */
bool trace_makes_anew(const struct trace_event *event);

/* All that an event needs. */
uint64_t trace_powers(const struct trace_event *event);

/*
 * True for a call that modes and owners forbid: nothing comes of it. Where an
 * access control list may allow it (acl(5)), it is not.
 */
bool trace_refused(const struct trace_event *event);

/* What the caller can be given in a jail at all; the others belong to the
 * host's root. */
uint64_t trace_powers_of_jails(void);

#endif
