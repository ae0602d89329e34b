/*
 * The packet filter of a jail's own network, as text for nft(8): in comes
 * what `listen` names, out goes what `connect` names, answers go both ways,
 * and everything else is dropped. Pure.
 *
 * The rules lie in the jail's network namespace. That belongs to the host's
 * user namespace, so that no power of the jail's root is one over it; and they
 * neither depend on what else filters packets on the host nor are in its way.
 */
#ifndef JAILMOUNT_NETWORK_RULES_H
#define JAILMOUNT_NETWORK_RULES_H

#include "lib/base.h"
#include "lib/buf.h"
#include "mount/listen_table.h"
#include "mount/network_layout.h"
#include "mount/peers.h"

#define NETWORK_RULES_TABLE "jailmount" /* of family inet */
/* Its counters. */
#define NETWORK_RULES_REFUSED_IN "refused_in"
#define NETWORK_RULES_REFUSED_OUT "refused_out"

enum {
	/* Where what the jail was refused is heard of: packet_watch.h. */
	NETWORK_RULES_GROUP = 1,
	NETWORK_RULES_HEARD = 64, /* bytes of each such packet */
};

/*
 * They take the place of those that are there, in one step. Peers whose
 * address is the jail's own, or of the loopback, need no rule.
 */
void network_rules_put(const struct network_layout *layout,
		       const struct listen_table *listens,
		       const struct peers *peers, struct buf *text);

#endif
