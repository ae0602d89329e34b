#include "mount/custody_keep.h"

#include "lib/number.h"
#include "mount/custody_sockets.h"
#include "mount/one_way.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What a name says. */
struct claim {
	bool udp;
	uint16_t jail_port;
	uint64_t cookie;
};

enum { NAME_SIZE = 48 };

static void format_name(const struct listen_mapping *mapping, uint64_t cookie,
			char ret_name[NAME_SIZE])
{
	(void)snprintf(ret_name, NAME_SIZE, "%s-%u-%" PRIu64,
		       mapping->udp ? "udp" : "tcp", mapping->jail_port,
		       cookie);
}

static int read_claim(const char *name, struct claim *ret_claim)
{
	struct claim claim = { .udp = strncmp(name, "udp-", 4) == 0 };
	char port[8] = "";
	const char *dash;
	uint64_t number;

	if (!claim.udp && strncmp(name, "tcp-", 4) != 0)
		return -EINVAL;
	name += 4;
	dash = strchr(name, '-');
	if (!dash || (size_t)(dash - name) >= sizeof(port))
		return -EINVAL;
	memcpy(port, name, (size_t)(dash - name));
	if (number_parse(port, 10, UINT16_MAX, &number) < 0 ||
	    number_parse(dash + 1, 10, UINT64_MAX, &claim.cookie) < 0)
		return -EINVAL;
	claim.jail_port = (uint16_t)number;
	*ret_claim = claim;
	return 0;
}

/* --- Keeping -------------------------------------------------------------- */

/* One in a network of the jail's own goes with that network. */
static bool can_keep(const struct custody *custody)
{
	return custody->manager && custody->manager->fd >= 0 &&
	       !custody->network;
}

void custody_forget(const struct custody *custody,
		    struct custody_socket *socket)
{
	char name[NAME_SIZE];

	if (!socket->kept || !can_keep(custody))
		return;
	format_name(&socket->mapping, socket->kept, name);
	socket->kept = 0;
	sd_notify_forget(custody->manager, name);
}

void custody_keep(const struct custody *custody, struct custody_socket *socket)
{
	char name[NAME_SIZE];

	if (socket->kept == socket->cookie || !can_keep(custody))
		return;
	custody_forget(custody, socket);
	if (socket->mapping.udp ? socket->generation == 0 : !socket->listening)
		return;
	format_name(&socket->mapping, socket->cookie, name);
	/* A manager that is too busy is asked again at the next occasion. */
	if (sd_notify_store(custody->manager, name, socket->fd) == 0)
		socket->kept = socket->cookie;
}

/* --- Taking over ---------------------------------------------------------- */

static int get_number(int fd, int level, int name)
{
	socklen_t length = sizeof(int);
	int value = -1;

	return getsockopt(fd, level, name, &value, &length) < 0 ? -1 : value;
}

static bool has_cookie(int fd, uint64_t wanted)
{
	socklen_t length = sizeof(uint64_t);
	uint64_t cookie = 0;

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) == 0 &&
	       cookie == wanted;
}

static bool has_protocol(int fd, bool udp)
{
	return get_number(fd, SOL_SOCKET, SO_TYPE) ==
		       (udp ? SOCK_DGRAM : SOCK_STREAM) &&
	       get_number(fd, SOL_SOCKET, SO_PROTOCOL) ==
		       (udp ? IPPROTO_UDP : IPPROTO_TCP);
}

static int read_address(int fd, struct socket_address *ret_address)
{
	struct sockaddr_storage sockaddr = { 0 };
	socklen_t length = sizeof(sockaddr);
	int domain = get_number(fd, SOL_SOCKET, SO_DOMAIN);

	if (domain != AF_INET && domain != AF_INET6)
		return -EAFNOSUPPORT;
	if (getsockname(fd, (struct sockaddr *)&sockaddr, &length) < 0)
		return -errno;
	return socket_address_read(domain, &sockaddr, length, ret_address);
}

/* Would a bind() of the jail's be answered with that address? */
static bool is_at(const struct listen_mapping *mapping,
		  const struct socket_address *address)
{
	const struct socket_address *host = &mapping->host;
	struct socket_address mapped = socket_address_mapped(host);

	if (host->family == AF_UNSPEC)
		return host->port == address->port;
	return socket_address_equal(host, address) ||
	       (host->family == AF_INET &&
		socket_address_equal(&mapped, address));
}

static const struct listen_mapping *
find_mapping(const struct listen_table *table, const struct claim *claim)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->mappings[i].udp == claim->udp &&
		    table->mappings[i].jail_port == claim->jail_port)
			return &table->mappings[i];
	return NULL;
}

/*
 * Whether it sends to nobody but those whom it may answer. The program that
 * sees to that cannot be asked for: it is tried, with a datagram to the socket
 * itself, which has not asked. (To no address in particular is to the
 * loopback.)
 */
static bool is_one_way_udp(int fd)
{
	struct sockaddr_storage itself = { 0 };
	socklen_t length = sizeof(itself);

	return get_number(fd, SOL_SOCKET, SO_LOCK_FILTER) == 1 &&
	       getsockname(fd, (struct sockaddr *)&itself, &length) == 0 &&
	       sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)&itself, length) < 0 &&
	       errno == EPERM;
}

static bool is_one_way(const struct custody *custody, int fd, bool udp)
{
	if (!udp)
		return one_way_is_tcp(fd);
	return !custody->udp.group || is_one_way_udp(fd);
}

/* A socket as this supervisor would have made it, or -EINVAL. */
static int examine(const struct custody *custody,
		   const struct sd_stored *stored,
		   const struct listen_table *table,
		   struct custody_socket *ret_socket)
{
	struct custody_socket socket = {
		.fd = stored->fd,
		.before = -1,
		.map = -1,
		.adopted = true,
		/* Until the service says how long its queue is. */
		.backlog = SOMAXCONN,
	};
	const struct listen_mapping *mapping;
	struct claim claim;

	if (read_claim(stored->name, &claim) < 0 ||
	    !has_protocol(stored->fd, claim.udp) ||
	    !has_cookie(stored->fd, claim.cookie) ||
	    !socket_is_of_host(stored->fd) ||
	    !is_one_way(custody, stored->fd, claim.udp) ||
	    read_address(stored->fd, &socket.address) < 0)
		return -EINVAL;
	mapping = find_mapping(table, &claim);
	if (!mapping || !is_at(mapping, &socket.address))
		return -EINVAL;
	socket.mapping = *mapping;
	socket.cookie = socket.kept = claim.cookie;
	socket.v6only = socket.address.family == AF_INET6 &&
			get_number(stored->fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1;
	socket.listening = !claim.udp && get_number(stored->fd, SOL_SOCKET,
						    SO_ACCEPTCONN) == 1;
	*ret_socket = socket;
	return 0;
}

/* 1: taken; 0: it is not what it says, or there are enough. */
static int adopt(struct custody *custody, const struct sd_stored *stored,
		 const struct listen_table *table)
{
	struct custody_socket socket;

	if (custody->network ||
	    custody->socket_count >= CUSTODY_SOCKETS_MAX + table->count ||
	    examine(custody, stored, table, &socket) < 0 ||
	    custody_find(custody, socket.cookie))
		return 0;
	if (array_grow(&custody->sockets, custody->socket_count,
		       sizeof(socket)) < 0)
		return -ENOMEM;
	custody->sockets[custody->socket_count++] = socket;
	return 1;
}

int custody_adopt(struct custody *custody, const struct listen_table *table)
{
	struct sd_notify *manager = custody->manager;

	for (size_t i = 0; manager && i < manager->stored_count; i++) {
		struct sd_stored *stored = &manager->stored[i];
		int r = adopt(custody, stored, table);

		if (r < 0)
			return r;
		if (r > 0) {
			stored->fd = -1;
			custody->adopted_count++;
			continue;
		}
		close_fd(&stored->fd);
		sd_notify_forget(manager, stored->name);
		custody->rejected_count++;
	}
	return 0;
}
