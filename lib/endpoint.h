/*
 * Addresses in text, in one form: the peers that a jail may call and the
 * networks that it may be in. Nothing here touches the network; names stay
 * names.
 */
#ifndef JAIL_ENDPOINT_H
#define JAIL_ENDPOINT_H

#include "lib/base.h"
#include "lib/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	ENDPOINT_HOST_MAX = 253,  /* bytes in a name, RFC 1035 */
	ENDPOINT_NETWORK_MAX = 49 /* "ADDRESS/LEN" of IPv6 */
};

struct endpoint {
	/* An IPv4 address, an IPv6 address as RFC 5952 has it and without
	 * brackets, or a name in lower case. */
	char host[ENDPOINT_HOST_MAX + 1];
	uint16_t port; /* not 0 */
	bool udp;
};

/*
 * "HOST:PORT", with "/tcp" or "/udp" behind it or not; an IPv6 address stands
 * in brackets. -EINVAL for anything else and for addresses that nobody has
 * or that are many (unspecified, multicast, broadcast); *ret_why is then the
 * reason, a constant, that completes "TEXT ...".
 */
int endpoint_parse(const char *text, struct endpoint *ret_endpoint,
		   const char **ret_why) MUST_CHECK;

/* True if its host is a name, that somebody has to look up. */
bool endpoint_has_name(const struct endpoint *endpoint);

/* "10.0.0.5:5432/tcp", "[2001:db8::1]:53/udp" */
void endpoint_put(struct buf *text, const struct endpoint *endpoint);

/*
 * "ADDRESS/LEN": one host's address in a network of its own, IPv4 or IPv6. It
 * is given back in its one form. Refused like a peer's address, and so are
 * loopback addresses and lengths that leave no room for another host. Returns
 * 0 or -EINVAL, as endpoint_parse() does.
 */
int endpoint_parse_network(const char *text,
			   char ret_network[ENDPOINT_NETWORK_MAX + 1],
			   const char **ret_why) MUST_CHECK;

/* True if that network is of IPv6. */
bool endpoint_network_is_ipv6(const char *network);

#endif
