#include "mount/peers.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

void peers_done(struct peers *peers)
{
	free(peers->items);
	*peers = PEERS_INIT;
}

/* Without the guise of IPv6, and without what does not tell hosts apart. */
struct socket_address peers_plain(const struct socket_address *address)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	struct socket_address copy = *address;

	if (copy.family == AF_INET6 &&
	    memcmp(copy.bytes, prefix, sizeof(prefix)) == 0) {
		copy.family = AF_INET;
		memmove(copy.bytes, copy.bytes + sizeof(prefix), 4);
		memset(copy.bytes + 4, 0, sizeof(copy.bytes) - 4);
		copy.scope = 0;
	}
	return copy;
}

bool peers_have(const struct peers *peers, const struct socket_address *address,
		bool udp)
{
	const struct socket_address wanted = peers_plain(address);
	size_t length = wanted.family == AF_INET ? 4 : 16;

	for (size_t i = 0; i < peers->count; i++) {
		const struct socket_address *known = &peers->items[i].address;

		if (peers->items[i].udp == udp &&
		    known->family == wanted.family &&
		    known->port == wanted.port &&
		    known->scope == wanted.scope &&
		    memcmp(known->bytes, wanted.bytes, length) == 0)
			return true;
	}
	return false;
}

static int add(struct peers *peers, const struct peer *peer, struct diag *diag)
{
	if (peers->count >= PEERS_MAX)
		return diag_set(diag, -E2BIG,
				"the peers have more than %d addresses",
				PEERS_MAX);
	if (array_grow(&peers->items, peers->count, sizeof(*peer)) < 0)
		return diag_oom(diag);
	peers->items[peers->count++] = *peer;
	return 0;
}

static int add_found(struct peers *peers, const struct addrinfo *found,
		     size_t connect, bool udp, struct diag *diag)
{
	struct peer peer = { .udp = udp, .connect = connect };

	if (socket_address_read(found->ai_family, found->ai_addr,
				found->ai_addrlen, &peer.address) < 0)
		return 0;
	peer.address = peers_plain(&peer.address);
	return add(peers, &peer, diag);
}

static int resolve(const struct config *config, size_t connect,
		   struct peers *peers, struct diag *diag)
{
	const struct endpoint *endpoint = &config->connects[connect];
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICSERV,
		.ai_socktype = endpoint->udp ? SOCK_DGRAM : SOCK_STREAM,
	};
	struct addrinfo *found;
	char port[8];
	int r;

	(void)snprintf(port, sizeof(port), "%u", endpoint->port);
	r = getaddrinfo(endpoint->host, port, &hints, &found);
	if (r != 0) {
		(void)diag_set(diag, -EHOSTUNREACH,
			       "connect %s:%u: cannot look it up: %s",
			       endpoint->host, endpoint->port, gai_strerror(r));
		diag_hint(diag, "an address in the recipe needs no looking up");
		return -EHOSTUNREACH;
	}
	r = 0;
	for (const struct addrinfo *each = found; r == 0 && each;
	     each = each->ai_next)
		r = add_found(peers, each, connect, endpoint->udp, diag);
	freeaddrinfo(found);
	return r;
}

int peers_resolve(const struct config *config, struct peers *ret_peers,
		  struct diag *diag)
{
	CLEANUP_PEERS struct peers peers = PEERS_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->connect_count; i++)
		r = resolve(config, i, &peers, diag);
	if (r < 0)
		return r;
	*ret_peers = peers;
	peers = PEERS_INIT;
	return 0;
}

static int keep(const struct peers *known, size_t connect, struct peers *peers,
		struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < known->count; i++)
		if (known->items[i].connect == connect &&
		    !known->items[i].before)
			r = add(peers, &known->items[i], diag);
	return r;
}

int peers_resolve_again(const struct config *config, const struct peers *known,
			struct peers *ret_peers, struct buf *failures,
			struct diag *diag)
{
	CLEANUP_PEERS struct peers peers = PEERS_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < config->connect_count; i++) {
		CLEANUP_DIAG struct diag failure = DIAG_INIT;

		r = resolve(config, i, &peers, &failure);
		if (r != -EHOSTUNREACH)
			continue;
		buf_printf(failures, "%s%s", failures->length ? "\n" : "",
			   failure.text ? failure.text : "out of memory");
		r = keep(known, i, &peers, diag);
	}
	if (r < 0)
		return diag_errno(diag, r, "cannot look up the peers");
	*ret_peers = peers;
	peers = PEERS_INIT;
	return 0;
}

static bool has(const struct peers *peers, const struct peer *peer)
{
	for (size_t i = 0; i < peers->count; i++)
		if (peers->items[i].connect == peer->connect &&
		    memcmp(&peers->items[i].address, &peer->address,
			   sizeof(peer->address)) == 0)
			return true;
	return false;
}

int peers_renew(const struct peers *fresh, const struct peers *known,
		struct peers *ret_peers)
{
	CLEANUP_PEERS struct peers peers = PEERS_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < fresh->count; i++)
		r = add(&peers, &fresh->items[i], NULL);
	for (size_t i = 0; r == 0 && i < known->count; i++) {
		struct peer peer = known->items[i];

		if (peer.before || has(fresh, &peer) ||
		    peers.count >= PEERS_MAX)
			continue;
		peer.before = true;
		r = add(&peers, &peer, NULL);
	}
	if (r < 0)
		return -ENOMEM;
	*ret_peers = peers;
	peers = PEERS_INIT;
	return 0;
}

int peers_copy(const struct peers *peers, struct peers *ret_peers,
	       struct diag *diag)
{
	struct peers copy = { .count = peers->count };

	if (copy.count) {
		copy.items = calloc(copy.count, sizeof(*copy.items));
		if (!copy.items)
			return diag_oom(diag);
		memcpy(copy.items, peers->items,
		       copy.count * sizeof(*copy.items));
	}
	*ret_peers = copy;
	return 0;
}
