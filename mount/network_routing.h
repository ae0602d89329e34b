/*
 * The ways into and out of a jail's own network, once its interface is there:
 * network_layout.h tells the two kinds apart.
 */
#ifndef JAILMOUNT_NETWORK_ROUTING_H
#define JAILMOUNT_NETWORK_ROUTING_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/network.h"

/* By this host. `inside` is the interface in the jail's namespace. */
int network_route(struct network *network, unsigned int inside,
		  struct diag *diag) MUST_CHECK;

/* On the link of the host's interface `parent`. */
int network_join_link(struct network *network, unsigned int inside,
		      unsigned int parent, struct diag *diag) MUST_CHECK;

#endif
