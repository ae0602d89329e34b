/*
 * Which capability a change of ids would take: pure rules, those of
 * credentials(7) and chown(2).
 */
#ifndef JAILMOUNT_EXPLAIN_POWERS_H
#define JAILMOUNT_EXPLAIN_POWERS_H

#include "lib/base.h"

#include <stdint.h>

/* Who calls, as the jail numbers its users. */
struct explain_ids {
	uint32_t uids[3], gids[3]; /* real, effective, saved */
	uint64_t capabilities;	   /* effective */
};

/* The number of the capability that the call fails for want of; -1 if it does
 * not, or is none of those that explain_calls calls EXPLAIN_POWER. */
int explain_power_missing(uint32_t number, const uint64_t arguments[6],
			  const struct explain_ids *ids);

#endif
