#include "mount/refused_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum {
	IPV4_HEADER = 20,
	IPV4_PROTOCOL_AT = 9,
	IPV4_TO_AT = 16,
	IPV6_HEADER = 40,
	IPV6_NEXT_AT = 6,
	IPV6_TO_AT = 24,
	PORT_TO_AT = 2,
};

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

int refused_packet_read(const void *bytes, size_t length,
			struct refused_packet *ret_packet)
{
	const unsigned char *packet = bytes;
	struct refused_packet found = { 0 };
	size_t header;

	if (length >= IPV4_HEADER && packet[0] >> 4 == 4) {
		header = (size_t)(packet[0] & 15) * 4;
		found.protocol = packet[IPV4_PROTOCOL_AT];
		found.to.family = AF_INET;
		memcpy(found.to.bytes, packet + IPV4_TO_AT, 4);
	} else if (length >= IPV6_HEADER && packet[0] >> 4 == 6) {
		header = IPV6_HEADER;
		found.protocol = packet[IPV6_NEXT_AT];
		found.to.family = AF_INET6;
		memcpy(found.to.bytes, packet + IPV6_TO_AT, 16);
	} else {
		return -EINVAL;
	}
	if (header < IPV4_HEADER)
		return -EINVAL;
	/* What is short of its ports is told without them. */
	if (has_ports(found.protocol) && length >= header + PORT_TO_AT + 2)
		found.to.port = (uint16_t)(packet[header + PORT_TO_AT] << 8 |
					   packet[header + PORT_TO_AT + 1]);
	*ret_packet = found;
	return 0;
}

void refused_packet_format(const struct refused_packet *packet,
			   char ret_text[REFUSED_PACKET_TEXT])
{
	static const struct {
		uint8_t protocol;
		const char *name;
	} known[] = {
		{ IPPROTO_TCP, "tcp" },
		{ IPPROTO_UDP, "udp" },
		{ IPPROTO_ICMP, "icmp" },
		{ IPPROTO_ICMPV6, "icmpv6" },
	};
	char host[INET6_ADDRSTRLEN] = "", address[ADDRESS_TEXT_SIZE];
	char name[16];

	(void)snprintf(name, sizeof(name), "protocol %u", packet->protocol);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].protocol == packet->protocol)
			(void)snprintf(name, sizeof(name), "%s", known[i].name);
	socket_address_format(&packet->to, address);
	if (!has_ports(packet->protocol) &&
	    inet_ntop(packet->to.family, packet->to.bytes, host, sizeof(host)))
		(void)snprintf(address, sizeof(address), "%s", host);
	(void)snprintf(ret_text, REFUSED_PACKET_TEXT, "%s to %s", name,
		       address);
}
