#include "mount/network.h"

#include "mount/netlink_request.h"
#include "mount/network_filter.h"
#include "mount/network_proxies.h"
#include "mount/network_routing.h"

#include <errno.h>
#include <string.h>

enum { LOOPBACK = 1 /* the first of each namespace: LOOPBACK_IFINDEX */ };

static int fail(struct diag *diag, int error, const char *what)
{
	return diag_errno(diag, error, "cannot %s", what);
}

/* --- What a supervisor that was killed has left ----------------------------
 */

enum { STALE_MAX = 16 };

struct stale {
	const char *alias;
	unsigned int found[STALE_MAX];
	size_t count;
};

static void note_stale(void *context, const struct link_info *info)
{
	struct stale *stale = context;

	if (stale->count < STALE_MAX && strcmp(info->alias, stale->alias) == 0)
		stale->found[stale->count++] = info->index;
}

/* The kernel takes away what nobody is in any more, but in its own time. */
static int clear_stale(struct network *network, struct diag *diag)
{
	struct stale stale = { .alias = network->layout.alias };
	int r = link_each(&network->outside, note_stale, &stale);

	if (r < 0)
		return fail(diag, r, "list the host's network interfaces");
	for (size_t i = 0; i < stale.count; i++) {
		r = link_delete(&network->outside, stale.found[i]);
		if (r < 0 && r != -ENODEV)
			return fail(diag, r, "remove an interface of before");
	}
	return 0;
}

/* --- The interface -------------------------------------------------------- */

static int find_parent(struct network *network, struct link_info *ret_parent,
		       struct diag *diag)
{
	const char *name = network->layout.interface;
	int r = link_find(&network->outside, name, ret_parent);

	if (r == 0)
		return 0;
	diag_errno(diag, r, "--interface %s", name);
	if (r == -ENODEV)
		diag_hint(diag, "ip link lists this host's interfaces");
	return r;
}

static int make_interface(struct network *network,
			  const struct link_info *parent, struct diag *diag)
{
	const struct network_layout *layout = &network->layout;
	bool bridge = strcmp(parent->kind, "bridge") == 0;
	struct link_wanted wanted = {
		.name = layout->name,
		.parent = parent->index,
		.namespace = network->space.fd,
	};
	struct link_info end;
	int r;

	memcpy(wanted.mac, layout->mac, LINK_MAC_SIZE);
	if (layout->interface && !bridge) {
		r = link_make_macvlan(&network->outside, &wanted);
		return r < 0 ? diag_errno(diag, r,
					  "cannot make a macvlan beside %s",
					  layout->interface)
			     : 0;
	}
	r = link_make_veth(&network->outside, &wanted);
	if (r == 0)
		r = link_find(&network->outside, layout->name, &end);
	if (r < 0)
		return diag_errno(diag, r, "cannot make the interface %s",
				  layout->name);
	network->end = end.index;
	r = link_set_alias(&network->outside, end.index, layout->alias);
	if (r == 0)
		r = link_raise(&network->outside, end.index);
	return r < 0 ? diag_errno(diag, r, "cannot set up the interface %s",
				  layout->name)
		     : 0;
}

/* Those of a network that is routed are its own alone. */
static int add_addresses(struct network *network, unsigned int inside,
			 struct diag *diag)
{
	const struct network_layout *layout = &network->layout;
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->network_count; i++) {
		struct link_network added = layout->networks[i];

		if (!layout->interface)
			added.length =
				added.address.family == AF_INET ? 32 : 128;
		r = link_add_address(&network->inside, inside, &added);
	}
	if (r == 0)
		r = link_raise(&network->inside, LOOPBACK);
	if (r == 0)
		r = link_raise(&network->inside, inside);
	return r < 0 ? fail(diag, r, "give the jail its addresses") : 0;
}

/* --- All of it ------------------------------------------------------------ */

static int open_links(struct network *network, struct diag *diag)
{
	int r = links_open(&network->outside, diag);

	if (r < 0)
		return r;
	r = network_namespace_make(&network->space);
	if (r == 0)
		r = network_namespace_visit(&network->space);
	if (r < 0)
		return fail(diag, r, "make a network namespace");
	r = links_open(&network->inside, diag);
	if (r == 0)
		r = netlink_open(&network->filter, NETLINK_NETFILTER, diag);
	network_namespace_leave(&network->space);
	return r;
}

static int furnish(struct network *network, struct diag *diag)
{
	struct link_info parent = { 0 }, inside;
	bool on_link = network->layout.interface != NULL;
	int r = on_link ? find_parent(network, &parent, diag) : 0;

	if (r == 0)
		r = make_interface(network, &parent, diag);
	if (r < 0)
		return r;
	r = link_find(&network->inside, LINK_INSIDE, &inside);
	if (r < 0)
		return fail(diag, r, "find the jail's interface");
	r = add_addresses(network, inside.index, diag);
	if (r < 0)
		return r;
	return on_link ? network_join_link(network, inside.index, parent.index,
					   diag)
		       : network_route(network, inside.index, diag);
}

int network_open(const struct network_wishes *wishes,
		 const struct listen_table *listens, const struct peers *peers,
		 struct network *ret_network, struct diag *diag)
{
	struct network network = NETWORK_INIT;
	int r = network_layout_make(wishes, &network.layout, diag);

	if (r < 0)
		return r;
	network.directory = wishes->directory;
	network.proxies =
		calloc(network.layout.network_count, sizeof(*network.proxies));
	if (!network.proxies)
		r = diag_oom(diag);
	if (r == 0)
		r = open_links(&network, diag);
	if (r == 0)
		r = clear_stale(&network, diag);
	if (r == 0)
		r = network_filter(&network, listens, peers, diag);
	if (r == 0)
		r = furnish(&network, diag);
	if (r < 0) {
		network_close(&network);
		return r;
	}
	*ret_network = network;
	return 0;
}

/* The pair goes at once with one of its ends, a macvlan likewise, and not
 * when the kernel gets round to it. */
static void remove_interface(struct network *network)
{
	struct link_info inside;

	if (network->end)
		(void)!link_delete(&network->outside, network->end);
	else if (network->inside.socket &&
		 link_find(&network->inside, LINK_INSIDE, &inside) == 0)
		(void)!link_delete(&network->inside, inside.index);
}

static void remove_proxies(struct network *network)
{
	bool any = false;

	for (size_t i = 0; i < network->layout.network_count; i++)
		if (network->proxies && network->proxies[i]) {
			(void)!link_remove_proxy(
				&network->outside, network->proxies[i],
				&network->layout.networks[i].address);
			any = true;
		}
	if (any)
		network_proxies_forget(network->directory);
}

void network_close(struct network *network)
{
	remove_proxies(network);
	remove_interface(network);
	links_close(&network->filter);
	links_close(&network->inside);
	links_close(&network->outside);
	network_namespace_done(&network->space);
	network_layout_done(&network->layout);
	free(network->proxies);
	buf_done(&network->notes);
	*network = NETWORK_INIT;
}
