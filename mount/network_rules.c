#include "mount/network_rules.h"

#include <arpa/inet.h>

#define TABLE "inet " NETWORK_RULES_TABLE

/* Neighbours have to be found, and switches to know who is where. */
#define NEIGHBOURS "nd-neighbor-solicit, nd-neighbor-advert"
#define GROUPS "mld-listener-report, mld-listener-done, mld2-listener-report"

static const char *family_word(const struct socket_address *address)
{
	return address->family == AF_INET ? "ip" : "ip6";
}

static void put_address(const struct socket_address *address, struct buf *text)
{
	char host[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(address->family, address->bytes, host, sizeof(host));
	buf_puts(text, host);
}

/* --- In ------------------------------------------------------------------- */

static void put_listen(const struct listen_mapping *mapping, struct buf *text)
{
	const struct socket_address *host = &mapping->host;

	buf_puts(text, "\t\t");
	if (!socket_address_is_any(host)) {
		buf_printf(text, "%s daddr ", family_word(host));
		put_address(host, text);
		buf_putc(text, ' ');
	}
	buf_printf(text, "%s dport %u accept\n", mapping->udp ? "udp" : "tcp",
		   host->port);
}

static void put_input(const struct listen_table *listens, struct buf *text)
{
	buf_puts(text, "\tchain input {\n"
		       "\t\ttype filter hook input priority 0; policy drop;\n"
		       "\t\tiif lo accept\n"
		       "\t\ticmpv6 type { " NEIGHBOURS " } "
		       "ip6 hoplimit 255 accept\n"
		       "\t\ticmpv6 type mld-listener-query accept\n"
		       "\t\tct state established accept\n"
		       "\t\tct state related "
		       "meta l4proto { icmp, ipv6-icmp } accept\n");
	for (size_t i = 0; i < listens->count; i++)
		put_listen(&listens->mappings[i], text);
	buf_puts(text, "\t\tcounter name " NETWORK_RULES_REFUSED_IN "\n"
		       "\t}\n");
}

/* --- Out ------------------------------------------------------------------ */

/* What is sent is sent from an address that the jail has. */
static void put_sources(const struct network_layout *layout, sa_family_t family,
			struct buf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < layout->network_count; i++) {
		const struct socket_address *address =
			&layout->networks[i].address;

		if (address->family != family)
			continue;
		if (count++ == 0)
			buf_printf(text, "\t\t%s saddr != { ",
				   family_word(address));
		else
			buf_puts(text, ", ");
		put_address(address, text);
	}
	if (count)
		buf_puts(text, " } goto refuse\n");
}

static void put_peers(const struct peers *peers, sa_family_t family, bool udp,
		      struct buf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < peers->count; i++) {
		const struct peer *peer = &peers->items[i];

		if (peer->address.family != family || peer->udp != udp)
			continue;
		if (count++ == 0)
			buf_printf(text, "\t\t%s daddr . %s dport { ",
				   family_word(&peer->address),
				   udp ? "udp" : "tcp");
		else
			buf_puts(text, ", ");
		put_address(&peer->address, text);
		buf_printf(text, " . %u", peer->address.port);
	}
	if (count)
		buf_puts(text, " } accept\n");
}

static void put_output(const struct network_layout *layout,
		       const struct peers *peers, struct buf *text)
{
	static const sa_family_t families[] = { AF_INET, AF_INET6 };

	buf_puts(text, "\tchain output {\n"
		       "\t\ttype filter hook output priority 0; policy drop;\n"
		       "\t\toif lo accept\n"
		       "\t\ticmpv6 type { " NEIGHBOURS ", " GROUPS " } accept\n"
		       "\t\tip protocol igmp drop\n"
		       /* Options may say another way than to the peer. */
		       "\t\tip hdrlength > 5 goto refuse\n");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		put_sources(layout, families[i], text);
	buf_puts(text, "\t\tct state established accept\n"
		       "\t\tct state related "
		       "meta l4proto { icmp, ipv6-icmp } accept\n");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		put_peers(peers, families[i], false, text);
		put_peers(peers, families[i], true, text);
	}
	buf_puts(text, "\t\tgoto refuse\n"
		       "\t}\n");
}

/*
 * Whoever calls hears at once that it leads nowhere. What the kernel says of
 * itself about a connection that is over is no call.
 */
static void put_refuse(struct buf *text)
{
	buf_printf(text,
		   "\tchain refuse {\n"
		   "\t\tcounter name " NETWORK_RULES_REFUSED_OUT "\n"
		   "\t\tct state invalid drop\n"
		   "\t\ttcp flags & (fin | syn | rst | ack) != syn drop\n"
		   "\t\tlimit rate 5/second burst 10 packets "
		   "log group %d snaplen %d\n"
		   "\t\tmeta l4proto tcp reject with tcp reset\n"
		   "\t\treject with icmpx type no-route\n"
		   "\t}\n",
		   NETWORK_RULES_GROUP, NETWORK_RULES_HEARD);
}

void network_rules_put(const struct network_layout *layout,
		       const struct listen_table *listens,
		       const struct peers *peers, struct buf *text)
{
	/* The first line is for when there is none to be deleted. */
	buf_puts(text, "table " TABLE "\n"
		       "delete table " TABLE "\n"
		       "table " TABLE " {\n"
		       "\tcounter " NETWORK_RULES_REFUSED_IN " { }\n"
		       "\tcounter " NETWORK_RULES_REFUSED_OUT " { }\n");
	put_refuse(text);
	put_input(listens, text);
	put_output(layout, peers, text);
	buf_puts(text, "\tchain forward {\n"
		       "\t\ttype filter hook forward priority 0; policy drop;\n"
		       "\t}\n"
		       "}\n");
}
