/*
 * Whom a jail may call: the peers that `connect` names, as addresses.
 */
#ifndef JAILMOUNT_PEERS_H
#define JAILMOUNT_PEERS_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/sockets.h"

#include <stdbool.h>

enum { PEERS_MAX = 1024 /* addresses of all names together */ };

struct peer {
	struct socket_address address;
	bool udp;
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

/* An address without the guise of IPv6, if it is an IPv4 one. Pure. */
struct socket_address peers_plain(const struct socket_address *address);

/* An IPv4 address in the guise of IPv6 is the IPv4 one. Pure. */
bool peers_have(const struct peers *peers, const struct socket_address *address,
		bool udp);

#endif
