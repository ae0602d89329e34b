/*
 * The packet filter of a jail's own network, set: network_rules.h says what
 * it is.
 */
#ifndef JAILMOUNT_NETWORK_FILTER_H
#define JAILMOUNT_NETWORK_FILTER_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/listen_table.h"
#include "mount/network.h"

/* By a child, which is waited for. */
int network_filter(const struct network *network,
		   const struct listen_table *listens,
		   const struct peers *peers, struct diag *diag) MUST_CHECK;

/* In a child of the supervisor, which is in the jail's network from then on:
 * admit others from now on, in one step. */
int network_admit(const struct network *network,
		  const struct listen_table *listens, const struct peers *peers,
		  struct diag *diag) MUST_CHECK;

#endif
