#include "mount/socket_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

int socket_address_read(int domain, const void *sockaddr, size_t length,
			struct socket_address *ret_address)
{
	struct socket_address address = { .family = (sa_family_t)domain };
	sa_family_t family;

	if (length < sizeof(family))
		return -EINVAL;
	memcpy(&family, sockaddr, sizeof(family));
	if (domain == AF_INET) {
		struct sockaddr_in in;

		if (length < sizeof(in))
			return -EINVAL;
		memcpy(&in, sockaddr, sizeof(in));
		/* Old programs leave the family out: inet_bind() allows it. */
		if (family != AF_INET &&
		    (family != AF_UNSPEC || in.sin_addr.s_addr != INADDR_ANY))
			return -EAFNOSUPPORT;
		address.port = ntohs(in.sin_port);
		memcpy(address.bytes, &in.sin_addr, sizeof(in.sin_addr));
	} else {
		struct sockaddr_in6 in6;
		size_t least = offsetof(struct sockaddr_in6, sin6_scope_id);

		if (length < least)
			return -EINVAL;
		if (family != AF_INET6)
			return -EAFNOSUPPORT;
		memset(&in6, 0, sizeof(in6));
		memcpy(&in6, sockaddr,
		       length < sizeof(in6) ? length : sizeof(in6));
		address.port = ntohs(in6.sin6_port);
		address.scope = in6.sin6_scope_id;
		memcpy(address.bytes, &in6.sin6_addr, sizeof(in6.sin6_addr));
	}
	*ret_address = address;
	return 0;
}

socklen_t socket_address_write(const struct socket_address *address,
			       struct sockaddr_storage *ret_sockaddr)
{
	memset(ret_sockaddr, 0, sizeof(*ret_sockaddr));
	if (address->family == AF_INET) {
		struct sockaddr_in in = { .sin_family = AF_INET,
					  .sin_port = htons(address->port) };

		memcpy(&in.sin_addr, address->bytes, sizeof(in.sin_addr));
		memcpy(ret_sockaddr, &in, sizeof(in));
		return sizeof(in);
	}
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(address->port),
				    .sin6_scope_id = address->scope };

	memcpy(&in6.sin6_addr, address->bytes, sizeof(in6.sin6_addr));
	memcpy(ret_sockaddr, &in6, sizeof(in6));
	return sizeof(in6);
}

void socket_address_format(const struct socket_address *address,
			   char ret_text[ADDRESS_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "*";
	bool brackets = address->family == AF_INET6;

	if (address->family != AF_UNSPEC)
		(void)inet_ntop(address->family, address->bytes, host,
				sizeof(host));
	(void)snprintf(ret_text, ADDRESS_TEXT_SIZE, "%s%s%s:%u",
		       brackets ? "[" : "", host, brackets ? "]" : "",
		       address->port);
}

bool socket_address_equal(const struct socket_address *a,
			  const struct socket_address *b)
{
	return a->family == b->family && a->port == b->port &&
	       a->scope == b->scope &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool socket_address_is_any(const struct socket_address *address)
{
	static const uint8_t any[16];

	return address->family == AF_UNSPEC ||
	       memcmp(address->bytes, any,
		      address->family == AF_INET ? 4 : sizeof(any)) == 0;
}

struct socket_address
socket_address_mapped(const struct socket_address *address)
{
	struct socket_address mapped = { .family = AF_INET6,
					 .port = address->port };

	memcpy(mapped.bytes, mapped_prefix, sizeof(mapped_prefix));
	memcpy(mapped.bytes + sizeof(mapped_prefix), address->bytes, 4);
	return mapped;
}
