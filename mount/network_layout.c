#include "mount/network_layout.h"

#include "lib/endpoint.h"
#include "lib/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

void network_layout_done(struct network_layout *layout)
{
	free(layout->networks);
	*layout = NETWORK_LAYOUT_INIT;
}

/* --- Addresses ------------------------------------------------------------ */

static int parse_address(const char *text, struct socket_address *ret_address)
{
	struct socket_address address = { .family = AF_INET };

	if (strchr(text, ':'))
		address.family = AF_INET6;
	if (inet_pton(address.family, text, address.bytes) != 1)
		return -EINVAL;
	*ret_address = address;
	return 0;
}

int network_parse(const char *text, struct link_network *ret_network)
{
	char host[INET6_ADDRSTRLEN];
	struct link_network network;
	size_t length = strcspn(text, "/");
	uint64_t bits;
	int r;

	if (length >= sizeof(host) || !text[length])
		return -EINVAL;
	memcpy(host, text, length);
	host[length] = '\0';
	r = parse_address(host, &network.address);
	if (r == 0)
		r = number_parse(text + length + 1, 10,
				 network.address.family == AF_INET ? 32 : 128,
				 &bits);
	if (r < 0)
		return -EINVAL;
	network.length = (unsigned int)bits;
	*ret_network = network;
	return 0;
}

static int add_network(struct network_layout *layout, const char *text,
		       struct diag *diag)
{
	char normal[ENDPOINT_NETWORK_MAX + 1];
	struct link_network network;
	const char *why;

	/* An operator's has not been looked at yet. */
	if (endpoint_parse_network(text, normal, &why) < 0) {
		diag_set(diag, -EINVAL, "--address %s: it %s", text, why);
		diag_hint(diag, "for example 10.0.0.5/24 or 2001:db8::5/64");
		return -EINVAL;
	}
	if (network_parse(normal, &network) < 0)
		return diag_set(diag, -EINVAL, "%s is not ADDRESS/LEN", normal);
	if (array_grow(&layout->networks, layout->network_count,
		       sizeof(network)) < 0)
		return diag_oom(diag);
	layout->networks[layout->network_count++] = network;
	return 0;
}

bool network_has_family(const struct network_layout *layout, int family)
{
	for (size_t i = 0; i < layout->network_count; i++)
		if (layout->networks[i].address.family == family)
			return true;
	return false;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned int count)
{
	unsigned int bytes = count / 8, rest = count % 8;

	return memcmp(a, b, bytes) == 0 &&
	       (!rest || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0);
}

bool network_contains(const struct network_layout *layout,
		      const struct socket_address *address)
{
	for (size_t i = 0; i < layout->network_count; i++) {
		const struct link_network *network = &layout->networks[i];

		if (network->address.family == address->family &&
		    same_bits(network->address.bytes, address->bytes,
			      network->length))
			return true;
	}
	return false;
}

static int add_gateway(struct network_layout *layout, const char *text,
		       struct diag *diag)
{
	struct socket_address gateway;

	if (parse_address(text, &gateway) < 0 ||
	    socket_address_is_any(&gateway)) {
		diag_set(diag, -EINVAL, "--gateway %s: this is no address",
			 text);
		diag_hint(diag, "for example 10.0.0.1 or 2001:db8::1");
		return -EINVAL;
	}
	if (!network_has_family(layout, gateway.family))
		return diag_set(diag, -EINVAL,
				"--gateway %s: the jail has no address of that "
				"family",
				text);
	for (size_t i = 0; i < layout->gateway_count; i++)
		if (layout->gateways[i].family == gateway.family)
			return diag_set(diag, -EINVAL,
					"--gateway %s: there is one already",
					text);
	layout->gateways[layout->gateway_count++] = gateway;
	return 0;
}

/* --- Names ---------------------------------------------------------------- */

/* "j12-apache": no dots, which the names of sysctl(8) use for themselves. */
static void name_end(struct network_layout *layout,
		     const struct network_wishes *wishes)
{
	(void)snprintf(layout->name, sizeof(layout->name), "j%u-%.8s",
		       wishes->slot % 10000, wishes->jail);
	for (char *c = layout->name; *c; c++)
		if (*c == '.')
			*c = '-';
	(void)snprintf(layout->alias, sizeof(layout->alias), "jailmount %s",
		       wishes->jail);
}

/* Administered locally, of one host: IEEE 802, section 8.2. */
static void make_mac(struct network_layout *layout)
{
	const struct socket_address *first = &layout->networks[0].address;
	size_t length = first->family == AF_INET ? 4 : 16;

	layout->mac[0] = 0x02;
	layout->mac[1] = 0x6a;
	for (size_t i = 0; i < length; i++)
		layout->mac[2 + i % 4] ^= first->bytes[i];
}

int network_layout_make(const struct network_wishes *wishes,
			struct network_layout *ret_layout, struct diag *diag)
{
	CLEANUP_NETWORK_LAYOUT struct network_layout layout =
		NETWORK_LAYOUT_INIT;
	int r = 0;

	if (wishes->interface &&
	    (!*wishes->interface || strlen(wishes->interface) >= IF_NAMESIZE))
		return diag_set(diag, -EINVAL,
				"--interface %s: this is no name of an "
				"interface",
				wishes->interface);
	if (wishes->gateways && !wishes->interface) {
		diag_set(diag, -EINVAL, "--gateway needs --interface");
		diag_hint(diag, "without it this host is the jail's gateway");
		return -EINVAL;
	}
	layout.interface = wishes->interface;
	for (char *const *a = wishes->addresses; r == 0 && a && *a; a++)
		r = add_network(&layout, *a, diag);
	if (r == 0 && layout.network_count == 0)
		r = diag_set(diag, -EINVAL, "the jail has no address");
	for (char *const *g = wishes->gateways; r == 0 && g && *g; g++)
		r = add_gateway(&layout, *g, diag);
	if (r < 0)
		return r;
	name_end(&layout, wishes);
	make_mac(&layout);
	*ret_layout = layout;
	layout = NETWORK_LAYOUT_INIT;
	return 0;
}
