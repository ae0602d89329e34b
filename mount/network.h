/*
 * The network of a jail that has one of its own: a network namespace with an
 * interface, its addresses and routes, and a packet filter that lets in what
 * `listen` names and out what `connect` names.
 *
 * It lives as long as the supervisor: generations come and go in it, and a
 * restore takes nothing away from a client. When the supervisor is killed it
 * ends with the jail, and the interfaces with it; what such an end has left in
 * the host's own network is cleared by the next start.
 */
#ifndef JAILMOUNT_NETWORK_H
#define JAILMOUNT_NETWORK_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "mount/links.h"
#include "mount/listen_table.h"
#include "mount/network_layout.h"
#include "mount/network_namespace.h"
#include "mount/peers.h"

struct network {
	struct network_namespace space; /* .fd is -1: there is none */
	struct network_layout layout;
	struct links outside, inside;
	struct links filter;   /* of netfilter, inside */
	unsigned int end;      /* of a pair, on the host; 0: there is none */
	int directory;	       /* the jail's state, not owned */
	unsigned int *proxies; /* for each address the interface at which the
				  host answers for it; 0: it does not */
	/* For the operator, a line each. */
	struct buf notes;
};

#define NETWORK_INIT ((struct network){ .space = { .fd = -1, .home = -1 } })

/*
 * Make it, the filter first. On failure nothing of it is left. What it is
 * to admit is only read.
 */
int network_open(const struct network_wishes *wishes,
		 const struct listen_table *listens, const struct peers *peers,
		 struct network *ret_network, struct diag *diag) MUST_CHECK;

/* Take the interface away, and with it what is left of the rest. Safe on
 * NETWORK_INIT. */
void network_close(struct network *network);

#endif
