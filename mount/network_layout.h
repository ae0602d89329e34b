/*
 * What a jail's own network is to look like, from what the image and the
 * operator say. Pure.
 *
 * Inside there is one interface, eth0, with the addresses. Where it leads to:
 *
 *   routed   without --interface: a pair of interfaces, of which the other
 *            end stays on the host and has no address. The host has a route
 *            to each of the jail's addresses by it, and is the jail's gateway;
 *            neither has to look for the other.
 *   on a link  --interface NAME: of a bridge it becomes a port; on everything
 *            else it is a macvlan, an interface beside the host's own.
 */
#ifndef JAILMOUNT_NETWORK_LAYOUT_H
#define JAILMOUNT_NETWORK_LAYOUT_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/links.h"

/* What is said. All of it is not owned. */
struct network_wishes {
	const char *jail;
	unsigned int slot;	/* no other jail of the host has it */
	char *const *addresses; /* "ADDRESS/LEN", one at least */
	const char *interface;	/* --interface, or NULL */
	char *const *gateways;	/* --gateway; NULL-terminated or NULL */
	int directory;		/* open on the jail's state, for network.c */
};

struct network_layout {
	const char *interface; /* not owned; NULL: routed */
	/* The end of a pair that stays on the host: the slot, which makes it
	 * the only one, and as much of the jail's name as there is room for. */
	char name[IF_NAMESIZE];
	char alias[LINK_ALIAS_MAX + 1]; /* of that end: whose it is */
	struct link_network *networks;
	size_t network_count;
	/* One of each family at the most. */
	struct socket_address gateways[2];
	size_t gateway_count;
	/* Made from the first address: whoever talks to it goes on finding it
	 * there when the jail has been started anew. */
	unsigned char mac[LINK_MAC_SIZE];
};

#define NETWORK_LAYOUT_INIT ((struct network_layout){ 0 })
#define CLEANUP_NETWORK_LAYOUT CLEANUP(network_layout_done)

void network_layout_done(struct network_layout *layout);

/* -EINVAL, and what is wrong with what the operator says. */
int network_layout_make(const struct network_wishes *wishes,
			struct network_layout *ret_layout,
			struct diag *diag) MUST_CHECK;

/* "ADDRESS/LEN", as endpoint_parse_network() gives it. */
int network_parse(const char *text,
		  struct link_network *ret_network) MUST_CHECK;

bool network_has_family(const struct network_layout *layout, int family);

/* True if the address is in one of the jail's networks. */
bool network_contains(const struct network_layout *layout,
		      const struct socket_address *address);

#endif
