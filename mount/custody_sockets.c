#include "mount/custody_sockets.h"

#include "mount/custody_keep.h"
#include "mount/one_way.h"
#include "mount/reuseport.h"

#include <errno.h>
#include <string.h>

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno
								      : 0;
}

/* So that it can be preferred one day; nobody is beside it yet. */
static int prepare(const struct custody *custody, struct custody_socket *wanted)
{
	int r;

	if (!custody->parts || wanted->map >= 0)
		return 0;
	r = wanted->map = reuseport_map();
	if (r >= 0)
		r = reuseport_attach(wanted->fd, wanted->map);
	if (r == 0)
		reuseport_forbid(wanted->fd);
	return r;
}

/* Everything that must be before bind(). What it leaves on failure is the
 * caller's. */
static int make_socket(const struct custody *custody,
		       struct custody_socket *wanted, bool closed)
{
	bool stream = !wanted->mapping.udp;
	int family = wanted->address.family;
	int r = 0;

	/* An address of every family is IPv6's. */
	if (family != AF_INET)
		family = AF_INET6;
	if (!stream && custody->udp.group)
		wanted->fd = one_way_udp_socket(&custody->udp, custody->network,
						family);
	else
		wanted->fd = network_namespace_socket(
			custody->network, family,
			(stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (wanted->fd < 0)
		return wanted->fd;
	if (stream)
		r = set_option(wanted->fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (r == 0 && stream && !closed)
		r = prepare(custody, wanted);
	if (r == 0 && stream)
		r = closed ? one_way_closed(wanted->fd)
			   : one_way_tcp(wanted->fd);
	if (r == 0 && family == AF_INET6)
		r = set_option(wanted->fd, IPPROTO_IPV6, IPV6_V6ONLY,
			       wanted->v6only);
	return r;
}

/* What a generation before has of UDP is still bound to the address. */
static int allow_shared(const struct custody *custody,
			const struct custody_socket *fresh, int over,
			int allowed)
{
	int r = set_option(over, SOL_SOCKET, SO_REUSEADDR, allowed);

	for (size_t i = 0; i < custody->leaving_count; i++) {
		const struct custody_leaving *leaving = &custody->leaving[i];

		if (leaving->udp &&
		    socket_address_equal(&leaving->address, &fresh->address))
			(void)!set_option(leaving->fd, SOL_SOCKET, SO_REUSEADDR,
					  allowed);
	}
	return r < 0 ? r
		     : set_option(fresh->fd, SOL_SOCKET, SO_REUSEADDR, allowed);
}

static int bind_there(struct custody_socket *wanted)
{
	struct sockaddr_storage sockaddr;
	socklen_t length = socket_address_write(&wanted->address, &sockaddr);
	socklen_t cookie_length = sizeof(wanted->cookie);

	if (bind(wanted->fd, (const struct sockaddr *)&sockaddr, length) < 0 ||
	    getsockopt(wanted->fd, SOL_SOCKET, SO_COOKIE, &wanted->cookie,
		       &cookie_length) < 0)
		return -errno;
	return 0;
}

static int bind_first(const struct custody *custody,
		      struct custody_socket *wanted)
{
	int r = make_socket(custody, wanted, false);

	if (r == 0)
		r = bind_there(wanted);
	if (r < 0) {
		close_fd(&wanted->fd);
		close_fd(&wanted->map);
	}
	return r;
}

/*
 * UDP needs SO_REUSEADDR on both, but only as long as this takes: with it,
 * anybody may take the datagrams. Of two sockets the one that was bound last
 * gets them. TCP: reuseport.h.
 */
int custody_bind_over(const struct custody *custody,
		      struct custody_socket *wanted,
		      const struct custody_socket *over, bool closed)
{
	bool udp = wanted->mapping.udp;
	int r = make_socket(custody, wanted, closed);

	if (r == 0)
		r = udp ? allow_shared(custody, wanted, over->fd, 1)
			: reuseport_allow(over->fd, wanted->fd);
	if (r == 0)
		r = bind_there(wanted);
	if (udp && wanted->fd >= 0) {
		int forbidden = allow_shared(custody, wanted, over->fd, 0);

		r = r < 0 ? r : forbidden;
	}
	return r;
}

static int add_socket(struct custody *custody, struct custody_socket *wanted)
{
	int r;

	wanted->fd = wanted->before = wanted->map = -1;
	if (custody->socket_count >= CUSTODY_SOCKETS_MAX + custody->reserved)
		return -ENOBUFS;
	r = array_grow(&custody->sockets, custody->socket_count,
		       sizeof(*custody->sockets));
	if (r == 0)
		r = bind_first(custody, wanted);
	if (r == 0)
		custody->sockets[custody->socket_count++] = *wanted;
	return r;
}

void custody_remove(struct custody *custody, size_t index)
{
	close_fd(&custody->sockets[index].fd);
	custody_forget(custody, &custody->sockets[index]);
	close_fd(&custody->sockets[index].before);
	close_fd(&custody->sockets[index].map);
	custody->sockets[index] = custody->sockets[--custody->socket_count];
}

void custody_drop(struct custody *custody, size_t index)
{
	while (custody->socket_count > index)
		custody_remove(custody, custody->socket_count - 1);
}

/* Every address is IPv6's and IPv4's at once, where the host has IPv6. */
int custody_reserve(struct custody *custody,
		    const struct listen_mapping *mapping)
{
	struct custody_socket wanted = { .mapping = *mapping,
					 .address = mapping->host };
	int r;

	if (mapping->host.family != AF_UNSPEC)
		return add_socket(custody, &wanted);
	wanted.address.family = AF_INET6;
	r = add_socket(custody, &wanted);
	if (r != -EAFNOSUPPORT && r != -EADDRNOTAVAIL)
		return r;
	wanted.address.family = AF_INET;
	return add_socket(custody, &wanted);
}

/* Let go of what only reserves the mapping's port. True if there was any. */
static bool release_reserved(struct custody *custody,
			     const struct listen_mapping *mapping)
{
	bool any = false;

	for (size_t i = custody->socket_count; i-- > 0;)
		if (listen_mapping_same(&custody->sockets[i].mapping,
					mapping) &&
		    custody->sockets[i].generation == 0) {
			custody_remove(custody, i);
			any = true;
		}
	return any;
}

static struct custody_socket *find_address(struct custody *custody,
					   const struct bind_answer *answer)
{
	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (listen_mapping_same(&socket->mapping, answer->mapping) &&
		    socket->v6only == answer->v6only &&
		    socket_address_equal(&socket->address, &answer->address))
			return socket;
	}
	return NULL;
}

/* The next generation's: of TCP the same one, if that cannot be helped. */
static int pass_on(const struct custody *custody, struct custody_socket *socket,
		   unsigned int generation)
{
	int r = -EOPNOTSUPP;

	if (socket->mapping.udp || custody->apart == generation)
		r = custody_supersede(custody, socket);
	if (r < 0 && !socket->mapping.udp && !custody->cuts) {
		socket->generation_before = socket->generation;
		r = 0;
	}
	return r;
}

int custody_obtain(struct custody *custody, const struct custody_bind *bind,
		   struct custody_socket **ret_socket)
{
	const struct bind_answer *answer = bind->answer;
	struct custody_holder holder = bind->holder;
	unsigned int generation = holder.generation;
	struct custody_socket *socket = find_address(custody, answer);
	struct custody_socket wanted = {
		.mapping = *answer->mapping,
		.address = answer->address,
		.v6only = answer->v6only,
	};
	int r = 0;

	if (!socket) {
		r = add_socket(custody, &wanted);
		if (r == -EADDRINUSE &&
		    release_reserved(custody, &wanted.mapping))
			r = add_socket(custody, &wanted);
		if (r < 0)
			return r;
		socket = &custody->sockets[custody->socket_count - 1];
	} else if (socket->generation && socket->generation != generation &&
		   (holder.alone || socket->alone)) {
		return -EADDRINUSE;
	} else if (socket->generation > generation) {
		/* A newer one has it: of UDP, for itself alone. */
		*ret_socket = socket;
		return socket->mapping.udp || custody->parts || custody->apart
			       ? -EADDRINUSE
			       : 0;
	} else if (socket->generation && socket->generation < generation) {
		r = pass_on(custody, socket, generation);
	} else if (socket->generation == generation) {
		r = custody_take_again(socket, bind);
	}
	if (r < 0)
		return r;
	socket->asked = bind->asked;
	socket->generation = generation;
	socket->alone = holder.alone;
	*ret_socket = socket;
	return 0;
}

struct custody_socket *custody_find(struct custody *custody, uint64_t cookie)
{
	for (size_t i = 0; i < custody->socket_count; i++)
		if (custody->sockets[i].cookie == cookie)
			return &custody->sockets[i];
	return NULL;
}

/* --- Listening ------------------------------------------------------------ */

bool custody_is_listening(const struct custody_socket *socket)
{
	socklen_t length = sizeof(int);
	int accepts = 1;

	return getsockopt(socket->fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts,
			  &length) == 0 &&
	       accepts;
}

/*
 * shutdown(2) of a listening socket ends its listening; a second one marks it
 * as shut, which listen(2) does not take back and every accepted connection
 * inherits. Dissolving the association does take it back.
 */
static int listen_anew(struct custody_socket *socket)
{
	const struct sockaddr nothing = { .sa_family = AF_UNSPEC };

	(void)connect(socket->fd, &nothing, sizeof(nothing));
	return listen(socket->fd, socket->backlog) < 0 ? -errno : 0;
}

int custody_listen(struct custody_socket *socket, unsigned int generation,
		   int backlog)
{
	int r;

	/* An older generation has no say any more in what the newer one has,
	 * but is told what it would be told. */
	if (generation < socket->generation)
		return 0;
	socket->backlog = backlog;
	if (socket->listening && !custody_is_listening(socket)) {
		socket->spoiled = true;
		r = listen_anew(socket);
	} else {
		r = listen(socket->fd, backlog) < 0 ? -errno : 0;
	}
	if (r == 0)
		socket->listening = true;
	return r;
}

unsigned int custody_heal(struct custody *custody)
{
	unsigned int healed = 0;

	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (!socket->listening || custody_is_listening(socket))
			continue;
		socket->spoiled = true;
		if (listen_anew(socket) == 0)
			healed++;
	}
	return healed;
}

/* --- Generations come and go ---------------------------------------------- */

/* Nobody has it any more: reserve its address again. If somebody was faster
 * the service is told at its next bind(). */
static void renew(struct custody *custody, size_t index)
{
	const struct custody_socket *socket = &custody->sockets[index];
	struct custody_socket again = { .mapping = socket->mapping,
					.address = socket->address,
					.v6only = socket->v6only };

	custody_remove(custody, index);
	(void)!add_socket(custody, &again);
}

void custody_release(struct custody *custody, unsigned int generation)
{
	for (size_t i = custody->socket_count; i-- > 0;)
		if (custody->sockets[i].alone &&
		    custody->sockets[i].generation == generation)
			renew(custody, i);
}

void custody_retire(struct custody *custody, unsigned int oldest)
{
	for (size_t i = custody->leaving_count; i-- > 0;)
		if (custody->leaving[i].generation < oldest)
			custody_gone(custody, custody->leaving[i].generation);
	for (size_t i = custody->socket_count; i-- > 0;) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->generation == 0 || socket->alone)
			continue;
		if (socket->generation < oldest) {
			renew(custody, i);
		} else if (socket->spoiled && socket->generation == oldest) {
			/* Between two looks it may have been marked as shut,
			 * which cannot be seen. Now nobody is left to do it. */
			socket->spoiled = false;
			(void)!listen_anew(socket);
		}
	}
}
