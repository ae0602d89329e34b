#include "lib/endpoint.h"

#include "lib/number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { LABEL_MAX = 63 };

/* An address of either family; `family` is AF_UNSPEC for a name. */
struct address {
	int family;
	struct in_addr ipv4;
	struct in6_addr ipv6;
};

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

static bool is_of_all(const struct address *address)
{
	uint32_t ipv4 = ntohl(address->ipv4.s_addr);

	if (address->family == AF_INET)
		return ipv4 >> 24 == 0 || IN_MULTICAST(ipv4) ||
		       ipv4 == INADDR_BROADCAST;
	return IN6_IS_ADDR_UNSPECIFIED(&address->ipv6) ||
	       IN6_IS_ADDR_MULTICAST(&address->ipv6);
}

static bool is_loopback(const struct address *address)
{
	if (address->family == AF_INET)
		return ntohl(address->ipv4.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&address->ipv6);
}

/* `text` becomes the one form of the address that it is. */
static int read_address(char text[ENDPOINT_HOST_MAX + 1], int family,
			struct address *ret_address, const char **ret_why)
{
	struct address address = { .family = family };
	void *bytes = family == AF_INET ? (void *)&address.ipv4
					: (void *)&address.ipv6;

	if (inet_pton(family, text, bytes) != 1)
		return refuse(ret_why, family == AF_INET
					       ? "is not an IPv4 address"
					       : "is not an IPv6 address");
	/* They are the other family's, written as this one's. */
	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address.ipv6))
		return refuse(ret_why, "is an IPv4 address in disguise");
	if (is_of_all(&address))
		return refuse(ret_why, "is not the address of one host");
	if (!inet_ntop(family, bytes, text, ENDPOINT_HOST_MAX + 1))
		return refuse(ret_why, "is not an address");
	*ret_address = address;
	return 0;
}

/* Letters, digits and '-' between dots, as RFC 1123 has host names. */
static int check_name(char *name, const char **ret_why)
{
	size_t label = 0;

	for (char *c = name; *c != '\0'; c++) {
		*c = (char)tolower((unsigned char)*c);
		if (*c == '.') {
			if (label == 0 || c[-1] == '-' || c[1] == '\0')
				return refuse(ret_why, "has no host name");
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*c) && (*c != '-' || label == 0))
			return refuse(ret_why, "has no host name");
		if (++label > LABEL_MAX)
			return refuse(ret_why, "has a host name with more than "
					       "63 characters between dots");
		if (c[1] == '\0' && *c == '-')
			return refuse(ret_why, "has no host name");
	}
	return 0;
}

/* What consists of digits and dots alone is meant to be an address. */
static bool is_ipv4(const char *host)
{
	return host[strspn(host, "0123456789.")] == '\0';
}

bool endpoint_has_name(const struct endpoint *endpoint)
{
	return !strchr(endpoint->host, ':') && !is_ipv4(endpoint->host);
}

static int read_host(char host[ENDPOINT_HOST_MAX + 1], bool brackets,
		     const char **ret_why)
{
	struct address address;

	if (brackets)
		return read_address(host, AF_INET6, &address, ret_why);
	if (host[0] == '\0')
		return refuse(ret_why, "has no host");
	if (strchr(host, ':'))
		return refuse(ret_why, "has an IPv6 address without brackets");
	if (is_ipv4(host))
		return read_address(host, AF_INET, &address, ret_why);
	return check_name(host, ret_why);
}

static int copy_host(char host[ENDPOINT_HOST_MAX + 1], const char *text,
		     size_t length, const char **ret_why)
{
	if (length > ENDPOINT_HOST_MAX)
		return refuse(ret_why, "has a host name that is too long");
	memcpy(host, text, length);
	host[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)host[i] <= ' ' ||
		    (unsigned char)host[i] > '~')
			return refuse(ret_why, "has no host name");
	return 0;
}

/* "5432", "5432/tcp", "53/udp" */
static int read_port(const char *text, struct endpoint *endpoint,
		     const char **ret_why)
{
	size_t length = strcspn(text, "/");
	char digits[8];
	uint64_t port;

	if (text[length] == '\0' || strcmp(text + length, "/tcp") == 0)
		endpoint->udp = false;
	else if (strcmp(text + length, "/udp") == 0)
		endpoint->udp = true;
	else
		return refuse(ret_why, "is for neither /tcp nor /udp");
	if (length >= sizeof(digits))
		return refuse(ret_why, "has a port that is not 1 to 65535");
	memcpy(digits, text, length);
	digits[length] = '\0';
	if (number_parse(digits, 10, UINT16_MAX, &port) < 0 || port == 0)
		return refuse(ret_why, "has a port that is not 1 to 65535");
	endpoint->port = (uint16_t)port;
	return 0;
}

int endpoint_parse(const char *text, struct endpoint *ret_endpoint,
		   const char **ret_why)
{
	struct endpoint endpoint = { 0 };
	bool brackets = text[0] == '[';
	const char *end = brackets ? strchr(text, ']') : strrchr(text, ':');
	const char *host = brackets ? text + 1 : text;
	int r;

	if (brackets && (!end || end[1] != ':'))
		return refuse(ret_why, "is not [ADDRESS]:PORT");
	if (!end)
		return refuse(ret_why, "has no port");
	r = copy_host(endpoint.host, host, (size_t)(end - host), ret_why);
	if (r == 0)
		r = read_host(endpoint.host, brackets, ret_why);
	if (r == 0)
		r = read_port(end + (brackets ? 2 : 1), &endpoint, ret_why);
	if (r == 0)
		*ret_endpoint = endpoint;
	return r;
}

void endpoint_put(struct buf *text, const struct endpoint *endpoint)
{
	bool brackets = strchr(endpoint->host, ':') != NULL;

	buf_printf(text, "%s%s%s:%u/%s", brackets ? "[" : "", endpoint->host,
		   brackets ? "]" : "", endpoint->port,
		   endpoint->udp ? "udp" : "tcp");
}

bool endpoint_network_is_ipv6(const char *network)
{
	return strchr(network, ':') != NULL;
}

/* The first and the last address of an IPv4 network are not a host's. */
static bool is_end_of_network(const struct address *address,
			      unsigned int length)
{
	uint32_t hosts, ipv4;

	if (address->family != AF_INET || length >= 31)
		return false;
	hosts = UINT32_MAX >> length;
	ipv4 = ntohl(address->ipv4.s_addr) & hosts;
	return ipv4 == 0 || ipv4 == hosts;
}

int endpoint_parse_network(const char *text,
			   char ret_network[ENDPOINT_NETWORK_MAX + 1],
			   const char **ret_why)
{
	const char *slash = strchr(text, '/');
	char host[ENDPOINT_HOST_MAX + 1];
	struct address address;
	uint64_t length;
	bool ipv6;
	int r;

	if (!slash)
		return refuse(ret_why, "is not ADDRESS/LEN");
	r = copy_host(host, text, (size_t)(slash - text), ret_why);
	if (r < 0)
		return refuse(ret_why, "is not ADDRESS/LEN");
	ipv6 = endpoint_network_is_ipv6(host);
	r = read_address(host, ipv6 ? AF_INET6 : AF_INET, &address, ret_why);
	if (r < 0)
		return r;
	if (is_loopback(&address))
		return refuse(ret_why, "is a loopback address");
	if (number_parse(slash + 1, 10, ipv6 ? 127 : 31, &length) < 0 ||
	    length == 0)
		return refuse(ret_why, ipv6 ? "has a length that is not 1 to "
					      "127"
					    : "has a length that is not 1 to "
					      "31");
	if (is_end_of_network(&address, (unsigned int)length))
		return refuse(ret_why, "is the address of the network or its "
				       "broadcast, not a host's");
	(void)snprintf(ret_network, ENDPOINT_NETWORK_MAX + 1, "%.45s/%u", host,
		       (unsigned int)(length & 127));
	return 0;
}
