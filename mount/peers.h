/*
 * Whom a jail may call: the peers that `connect` names, as addresses.
 */
#ifndef JAILMOUNT_PEERS_H
#define JAILMOUNT_PEERS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/socket_address.h"

#include <stdbool.h>

enum { PEERS_MAX = 1024 /* addresses of all names together */ };

struct peer {
	struct socket_address address;
	bool udp;
	size_t connect; /* of which peer of the contract */
	bool before;	/* it was one, and its name has others now */
};

struct peers {
	struct peer *items;
	size_t count;
};

#define PEERS_INIT ((struct peers){ 0 })
#define CLEANUP_PEERS CLEANUP(peers_done)

void peers_done(struct peers *peers);

/* Names are looked up on the host, now; every address that one has counts. */
int peers_resolve(const struct config *config, struct peers *ret_peers,
		  struct diag *diag) MUST_CHECK;

/*
 * The same once more. What cannot be looked up keeps the addresses that it
 * had, and `failures` receives why, a line each.
 */
int peers_resolve_again(const struct config *config, const struct peers *known,
			struct peers *ret_peers, struct buf *failures,
			struct diag *diag) MUST_CHECK;

/*
 * The fresh ones, and those that there were until now, marked as such: there
 * may still be a generation that knows no others. Those that were marked
 * before are gone. Pure. 0 or -ENOMEM.
 */
int peers_renew(const struct peers *fresh, const struct peers *known,
		struct peers *ret_peers) MUST_CHECK;

/* What was found for the same names before. */
int peers_copy(const struct peers *peers, struct peers *ret_peers,
	       struct diag *diag) MUST_CHECK;

/* An address without the guise of IPv6, if it is an IPv4 one. Pure. */
struct socket_address peers_plain(const struct socket_address *address);

/* An IPv4 address in the guise of IPv6 is the IPv4 one. Pure. */
bool peers_have(const struct peers *peers, const struct socket_address *address,
		bool udp);

#endif
