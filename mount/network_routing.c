#include "mount/network_routing.h"

#include "lib/fdio.h"
#include "mount/network_proxies.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>

enum { LOOPBACK = 1 /* the first of each namespace: LOOPBACK_IFINDEX */ };

/* What the jail calls its gateway where that is this host: addresses of no
 * network, RFC 3927 and RFC 4291. Nobody asks who has them. */
static const struct socket_address routed_gateways[] = {
	{ .family = AF_INET, .bytes = { 169, 254, 1, 1 } },
	{ .family = AF_INET6, .bytes = { 0xfe, 0x80, [15] = 1 } },
};

static int fail(struct diag *diag, int error, const char *what)
{
	return diag_errno(diag, error, "cannot %s", what);
}

/* --- Routed --------------------------------------------------------------- */

static int tell_address(struct diag *diag, int error,
			const struct socket_address *address, const char *what)
{
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(address->family, address->bytes, text, sizeof(text));
	return error == -EADDRINUSE
		       ? diag_set(diag, error, "%s %s", text, what)
		       : diag_errno(diag, error, "%s: cannot %s", text, what);
}

/* The jail is found by who is at the same link as the host: the host answers
 * for it there, and forwards what comes. */
static int add_proxy(struct network *network, size_t index,
		     const struct route_info *before, struct diag *diag)
{
	const struct socket_address *address =
		&network->layout.networks[index].address;
	int r;

	if (!before->direct || before->index == 0 || before->index == LOOPBACK)
		return 0;
	network->proxies[index] = before->index;
	r = network_proxies_note(network->directory, address, before->index);
	if (r == 0)
		r = link_add_proxy(&network->outside, before->index, address);
	return r < 0 ? tell_address(diag, r, address,
				    "answer for it on its network")
		     : 0;
}

static int route_address(struct network *network, size_t index,
			 struct diag *diag)
{
	const struct network_layout *layout = &network->layout;
	const struct socket_address *address = &layout->networks[index].address;
	struct route_info before = { 0 };
	int r = route_look(&network->outside, address, &before);

	/* To where there is no route there is one now. */
	if (r == 0 && before.local)
		return tell_address(diag, -EADDRINUSE, address,
				    "is an address of this host's own");
	r = route_add_host(&network->outside, network->end, address);
	if (r == -EEXIST) {
		tell_address(diag, -EADDRINUSE, address,
			     "is the address of another jail, or has a route "
			     "on this host");
		diag_hint(diag, "ip route and ip -6 route tell where it leads");
		return -EADDRINUSE;
	}
	if (r == 0)
		r = link_add_neighbour(&network->outside, network->end, address,
				       layout->mac);
	if (r < 0)
		return tell_address(diag, r, address, "make a route to it");
	return add_proxy(network, index, &before, diag);
}

static int route_inside(struct network *network, unsigned int inside,
			struct diag *diag)
{
	struct link_info end;
	int r = link_find(&network->outside, network->layout.name, &end);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(routed_gateways); i++) {
		const struct socket_address *gateway = &routed_gateways[i];

		if (!network_has_family(&network->layout, gateway->family))
			continue;
		r = link_add_neighbour(&network->inside, inside, gateway,
				       end.mac);
		if (r == 0)
			r = route_add_default(&network->inside, inside,
					      gateway);
	}
	return r < 0 ? fail(diag, r, "make the jail's routes") : 0;
}

/* A setting of the kernel's that is there and off. */
static bool is_off(const char *file)
{
	CLEANUP_BUF struct buf value = BUF_INIT;
	CLEANUP_CLOSE int fd = open(file, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read_to_end(fd, 16, &value) == 0 && value.length &&
	       value.data[0] == '0';
}

/* Whether others than this host reach the jail is the host's affair. */
static void note_forwarding(struct network *network)
{
	static const struct {
		int family;
		const char *name, *file;
	} settings[] = {
		{ AF_INET, "net.ipv4.ip_forward",
		  "/proc/sys/net/ipv4/ip_forward" },
		{ AF_INET6, "net.ipv6.conf.all.forwarding",
		  "/proc/sys/net/ipv6/conf/all/forwarding" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (network_has_family(&network->layout, settings[i].family) &&
		    is_off(settings[i].file))
			buf_printf(&network->notes,
				   "network own: only this host reaches the "
				   "jail by %s, since it does not forward "
				   "packets: %s is 0\n",
				   settings[i].family == AF_INET ? "IPv4"
								 : "IPv6",
				   settings[i].name);
}

/* By IPv6 the host answers for others only where it is told to. */
static void note_proxies(struct network *network)
{
	for (size_t i = 0; i < network->layout.network_count; i++) {
		const struct socket_address *address =
			&network->layout.networks[i].address;
		char name[IF_NAMESIZE], file[96], text[INET6_ADDRSTRLEN] = "";

		if (address->family != AF_INET6 || !network->proxies[i] ||
		    !if_indextoname(network->proxies[i], name))
			continue;
		(void)snprintf(file, sizeof(file),
			       "/proc/sys/net/ipv6/conf/%s/proxy_ndp", name);
		if (!is_off(file) ||
		    !is_off("/proc/sys/net/ipv6/conf/all/proxy_ndp"))
			continue;
		(void)inet_ntop(AF_INET6, address->bytes, text, sizeof(text));
		buf_printf(&network->notes,
			   "network own: %s is not found in the network of %s: "
			   "net.ipv6.conf.%s.proxy_ndp is 0\n",
			   text, name, name);
	}
}

int network_route(struct network *network, unsigned int inside,
		  struct diag *diag)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < network->layout.network_count; i++)
		r = route_address(network, i, diag);
	if (r == 0)
		r = route_inside(network, inside, diag);
	if (r == 0) {
		note_forwarding(network);
		note_proxies(network);
	}
	return r;
}

/* --- On a link ------------------------------------------------------------ */

/* The operator's word, or the way that the host itself goes. */
static int find_gateway(struct network *network, unsigned int parent,
			int family, struct socket_address *ret_gateway)
{
	const struct network_layout *layout = &network->layout;
	struct socket_address gateway;
	int r;

	for (size_t i = 0; i < layout->gateway_count; i++)
		if (layout->gateways[i].family == family) {
			*ret_gateway = layout->gateways[i];
			return 0;
		}
	r = route_find_gateway(&network->outside, parent, family, &gateway);
	if (r < 0)
		return r;
	if (!network_contains(layout, &gateway) &&
	    !(family == AF_INET6 && gateway.bytes[0] == 0xfe))
		return -ENOENT;
	*ret_gateway = gateway;
	return 0;
}

int network_join_link(struct network *network, unsigned int inside,
		      unsigned int parent, struct diag *diag)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct socket_address gateway;
		int r;

		if (!network_has_family(&network->layout, families[i]))
			continue;
		r = find_gateway(network, parent, families[i], &gateway);
		if (r == -ENOENT) {
			buf_printf(&network->notes,
				   "network own: the jail has no gateway for "
				   "%s; --gateway names one\n",
				   families[i] == AF_INET ? "IPv4" : "IPv6");
			continue;
		}
		if (r == 0)
			r = route_add_default(&network->inside, inside,
					      &gateway);
		if (r < 0)
			return fail(diag, r, "make the jail's default route");
	}
	return 0;
}
