/*
 * Addresses of IPv4 and IPv6 with their ports, as the supervisor compares and
 * prints them: what the kernel has in a struct sockaddr_in or sockaddr_in6.
 */
#ifndef JAILMOUNT_SOCKET_ADDRESS_H
#define JAILMOUNT_SOCKET_ADDRESS_H

#include "lib/base.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct socket_address {
	sa_family_t family; /* AF_INET, AF_INET6; AF_UNSPEC: every address */
	uint16_t port;	    /* in the host's byte order */
	uint8_t bytes[16];  /* 4 or 16 of them, in network order */
	uint32_t scope;	    /* of a link-local IPv6 address */
};

/* "127.0.0.1:80", "[::1]:80", "*:80" */
enum { ADDRESS_TEXT_SIZE = 72 };

/*
 * The address in a struct sockaddr of `length` bytes that was given to a
 * socket of this domain, AF_INET or AF_INET6. The errors are bind(2)'s own:
 * -EINVAL, -EAFNOSUPPORT.
 */
int socket_address_read(int domain, const void *sockaddr, size_t length,
			struct socket_address *ret_address) MUST_CHECK;

/* The struct sockaddr of it; its length is returned. An address of every
 * family becomes IPv6's. */
socklen_t socket_address_write(const struct socket_address *address,
			       struct sockaddr_storage *ret_sockaddr);

void socket_address_format(const struct socket_address *address,
			   char ret_text[ADDRESS_TEXT_SIZE]);

/* True for 0.0.0.0, :: and the address of no family. */
bool socket_address_is_any(const struct socket_address *address);

bool socket_address_equal(const struct socket_address *a,
			  const struct socket_address *b);

/* The IPv4 address as IPv6 knows it, ::ffff:A.B.C.D. */
struct socket_address
socket_address_mapped(const struct socket_address *address);

#endif
