/*
 * To whom a packet was to go, from the first bytes of it: RFC 791, RFC 8200,
 * and of TCP and UDP the ports, which are at the same place in both. Pure.
 */
#ifndef JAILMOUNT_REFUSED_PACKET_H
#define JAILMOUNT_REFUSED_PACKET_H

#include "lib/base.h"
#include "mount/socket_address.h"

struct refused_packet {
	uint8_t protocol;	  /* IPPROTO_TCP and its like */
	struct socket_address to; /* its port is 0 where there are none */
};

/* -EINVAL for what is no packet, or not enough of one. */
int refused_packet_read(const void *bytes, size_t length,
			struct refused_packet *ret_packet) MUST_CHECK;

/* "tcp to 10.0.0.9:25", "protocol 132 to 10.0.0.9" */
enum { REFUSED_PACKET_TEXT = ADDRESS_TEXT_SIZE + 24 };
void refused_packet_format(const struct refused_packet *packet,
			   char ret_text[REFUSED_PACKET_TEXT]);

#endif
