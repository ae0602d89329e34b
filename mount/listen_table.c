#include "mount/listen_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

void listen_table_done(struct listen_table *table)
{
	free(table->mappings);
	*table = LISTEN_TABLE_INIT;
}

/* --- What the operator says ----------------------------------------------- */

static int parse_port(const char *text, size_t length, uint16_t *ret_port)
{
	unsigned int port = 0;

	if (length == 0 || length > 5)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		port = port * 10 + (unsigned int)(text[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	*ret_port = (uint16_t)port;
	return 0;
}

/* "A.B.C.D" or "[X::Y]", `length` bytes of `text`. */
static int parse_address(const char *text, size_t length,
			 struct socket_address *ret_address)
{
	char copy[INET6_ADDRSTRLEN];
	bool brackets = length >= 2 && *text == '[' && text[length - 1] == ']';

	if (brackets) {
		text++;
		length -= 2;
	}
	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	ret_address->family = brackets ? AF_INET6 : AF_INET;
	if (inet_pton(ret_address->family, copy, ret_address->bytes) != 1)
		return -EINVAL;
	return 0;
}

/* Take "/tcp" or "/udp" off the end. */
static int parse_protocol(const char *text, size_t *length, bool *ret_udp)
{
	const char *slash = memrchr(text, '/', *length);

	*ret_udp = false;
	if (!slash)
		return 0;
	if (strcmp(slash, "/udp") == 0)
		*ret_udp = true;
	else if (strcmp(slash, "/tcp") != 0)
		return -EINVAL;
	*length = (size_t)(slash - text);
	return 0;
}

int listen_mapping_parse(const char *text, struct listen_mapping *ret_mapping,
			 struct diag *diag)
{
	struct listen_mapping mapping = { 0 };
	size_t length = strlen(text);
	const char *colon = NULL;
	const char *port = text;

	if (parse_protocol(text, &length, &mapping.udp) < 0)
		goto invalid;
	colon = memrchr(text, ':', length);
	if (!colon || parse_port(colon + 1, length - (size_t)(colon - text) - 1,
				 &mapping.jail_port) < 0)
		goto invalid;
	length = (size_t)(colon - text);
	colon = memrchr(text, ':', length);
	if (colon) {
		port = colon + 1;
		if (parse_address(text, (size_t)(colon - text), &mapping.host) <
		    0)
			goto invalid;
	}
	if (parse_port(port, length - (size_t)(port - text),
		       &mapping.host.port) < 0)
		goto invalid;
	*ret_mapping = mapping;
	return 0;
invalid:
	diag_set(diag, -EINVAL, "'%s' is not [ADDRESS:]PORT:JAILPORT", text);
	diag_hint(diag,
		  "for example 8080:80, 127.0.0.1:8080:80, [::1]:8080:80 or "
		  "5353:53/udp; addresses are numbers");
	return -EINVAL;
}

static struct listen_mapping *find(const struct listen_table *table,
				   uint16_t jail_port, bool udp)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->mappings[i].jail_port == jail_port &&
		    table->mappings[i].udp == udp)
			return &table->mappings[i];
	return NULL;
}

bool listen_mapping_same(const struct listen_mapping *a,
			 const struct listen_mapping *b)
{
	return a->udp == b->udp && a->host.family == b->host.family &&
	       a->host.port == b->host.port &&
	       memcmp(a->host.bytes, b->host.bytes, sizeof(a->host.bytes)) == 0;
}

/* True if both would need the same address and port of the host. */
static bool collide(const struct listen_mapping *a,
		    const struct listen_mapping *b)
{
	if (a->udp != b->udp || a->host.port != b->host.port)
		return false;
	if (socket_address_is_any(&a->host) || socket_address_is_any(&b->host))
		return true;
	return a->host.family == b->host.family &&
	       memcmp(a->host.bytes, b->host.bytes, sizeof(a->host.bytes)) == 0;
}

static int check_collisions(const struct listen_table *table, struct diag *diag)
{
	for (size_t i = 0; i < table->count; i++)
		for (size_t j = i + 1; j < table->count; j++)
			if (collide(&table->mappings[i], &table->mappings[j]))
				return diag_set(
					diag, -EINVAL,
					"the jail's ports %u and %u would both "
					"be port %u of the host",
					table->mappings[i].jail_port,
					table->mappings[j].jail_port,
					table->mappings[i].host.port);
	return 0;
}

/* "80, 443, 53/udp" for a message. */
static void list_ports(const struct listen_table *table, struct buf *text)
{
	for (size_t i = 0; i < table->count; i++)
		buf_printf(text, "%s%u%s", i ? ", " : "",
			   table->mappings[i].jail_port,
			   table->mappings[i].udp ? "/udp" : "");
}

static int apply_request(struct listen_table *table, bool *said,
			 const char *text, struct diag *diag)
{
	struct listen_mapping request;
	struct listen_mapping *mapping;
	int r;

	r = listen_mapping_parse(text, &request, diag);
	if (r < 0)
		return diag_wrap(diag, r, "listen");
	mapping = find(table, request.jail_port, request.udp);
	if (!mapping) {
		CLEANUP_BUF struct buf ports = BUF_INIT;

		list_ports(table, &ports);
		diag_set(diag, -EINVAL,
			 "listen %s: the image does not listen on %s port %u",
			 text, request.udp ? "UDP" : "TCP", request.jail_port);
		diag_hint(diag, "its ports are: %s",
			  ports.length ? ports.data : "none");
		return -EINVAL;
	}
	if (said[mapping - table->mappings])
		return diag_set(diag, -EINVAL,
				"listen %s: the jail's port %u was mapped "
				"before",
				text, request.jail_port);
	said[mapping - table->mappings] = true;
	mapping->host = request.host;
	return 0;
}

static bool is_for_connections(const struct config *config, uint16_t port)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (config->services[i].per_connection &&
		    config->services[i].port == port)
			return true;
	return false;
}

/* Where the image wants it to be reached, if it says so. */
static struct socket_address host_address(const struct config_listen *listen)
{
	struct socket_address address = { .port = listen->port };
	int family = strchr(listen->address, ':') ? AF_INET6 : AF_INET;

	if (inet_pton(family, listen->address, address.bytes) == 1)
		address.family = (sa_family_t)family;
	return address;
}

int listen_table_make(const struct config *config, char *const *requests,
		      struct listen_table *ret_table, struct diag *diag)
{
	CLEANUP_LISTEN_TABLE struct listen_table table = LISTEN_TABLE_INIT;
	CLEANUP_FREE bool *said = NULL;
	int r;

	table.mappings =
		calloc(config->listen_count + 1, sizeof(*table.mappings));
	said = calloc(config->listen_count + 1, sizeof(*said));
	if (!table.mappings || !said)
		return diag_oom(diag);
	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *listen = &config->listens[i];

		if (find(&table, listen->port, listen->udp))
			continue;
		table.mappings[table.count++] = (struct listen_mapping){
			.jail_port = listen->port,
			.udp = listen->udp,
			.host = host_address(listen),
			.for_connections =
				!listen->udp &&
				is_for_connections(config, listen->port),
		};
	}
	for (; requests && *requests; requests++) {
		r = apply_request(&table, said, *requests, diag);
		if (r < 0)
			return r;
	}
	r = check_collisions(&table, diag);
	if (r < 0)
		return r;
	*ret_table = table;
	table = LISTEN_TABLE_INIT;
	return 0;
}

/* --- What the jail asks --------------------------------------------------- */

/* TCP, UDP, or nothing that a port belongs to. */
static bool has_protocol(const struct bind_request *request, bool *ret_udp)
{
	*ret_udp = request->type == SOCK_DGRAM;
	if (request->type == SOCK_STREAM)
		return request->protocol == IPPROTO_TCP;
	return request->type == SOCK_DGRAM && request->protocol == IPPROTO_UDP;
}

void listen_table_decide(const struct listen_table *table,
			 const struct bind_request *request,
			 struct bind_answer *ret_answer)
{
	struct bind_answer answer = { .verdict = BIND_REFUSE };
	const struct socket_address *host;
	bool udp;

	if (has_protocol(request, &udp))
		answer.mapping = find(table, request->address.port, udp);
	if (answer.mapping && answer.mapping->for_connections)
		answer.mapping = NULL;
	if (!answer.mapping) {
		*ret_answer = answer;
		return;
	}
	host = &answer.mapping->host;
	answer.verdict = BIND_GIVE;
	if (host->family == AF_UNSPEC) {
		/* The host's word is the port, the address is the service's:
		 * what it wants on the loopback alone stays there. */
		answer.address = request->address;
		answer.address.port = host->port;
		answer.v6only = request->v6only;
	} else if (host->family == (sa_family_t)request->domain) {
		answer.address = *host;
		answer.v6only = request->v6only;
	} else if (request->domain == AF_INET6 && !request->v6only) {
		/* The service goes on seeing the family that it asked for. */
		answer.address = socket_address_mapped(host);
	} else {
		answer.verdict = BIND_UNREACHABLE;
	}
	*ret_answer = answer;
}
