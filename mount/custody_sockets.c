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

/* Everything that must be before bind(). */
static int make_socket(const struct custody *custody,
		       const struct custody_socket *wanted, int family,
		       bool closed, int *ret_fd)
{
	bool stream = !wanted->mapping.udp;
	CLEANUP_CLOSE int fd = -1;
	int r = 0;

	if (!stream && custody->udp.group)
		fd = one_way_udp_socket(&custody->udp, custody->network,
					family);
	else
		fd = network_namespace_socket(
			custody->network, family,
			(stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	if (stream)
		r = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (r == 0 && stream)
		r = closed ? one_way_closed(fd) : one_way_tcp(fd);
	if (r == 0 && family == AF_INET6)
		r = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, wanted->v6only);
	if (r < 0)
		return r;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int allow_over(int over, int fd, int allowed)
{
	int r = set_option(over, SOL_SOCKET, SO_REUSEADDR, allowed);

	return r < 0 ? r : set_option(fd, SOL_SOCKET, SO_REUSEADDR, allowed);
}

/*
 * Bind; over another socket of ours if `over` is one. UDP then needs
 * SO_REUSEADDR on both, but only as long as this takes: with it, anybody may
 * take the datagrams. Of two sockets the one that was bound last gets them.
 * TCP: reuseport.h.
 */
static int bind_socket(const struct custody *custody,
		       struct custody_socket *wanted, int over, bool closed)
{
	struct sockaddr_storage sockaddr;
	socklen_t length = socket_address_write(&wanted->address, &sockaddr);
	socklen_t cookie_length = sizeof(wanted->cookie);
	CLEANUP_CLOSE int fd = -1;
	int r;

	r = make_socket(custody, wanted, sockaddr.ss_family, closed, &fd);
	if (r == 0 && over >= 0)
		r = wanted->mapping.udp ? allow_over(over, fd, 1)
					: reuseport_allow(over, fd);
	if (r == 0 && bind(fd, (const struct sockaddr *)&sockaddr, length) < 0)
		r = -errno;
	if (over >= 0 && wanted->mapping.udp) {
		int forbidden = allow_over(over, fd, 0);

		r = r < 0 ? r : forbidden;
	}
	if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_COOKIE, &wanted->cookie,
				 &cookie_length) < 0)
		r = -errno;
	if (r == 0)
		wanted->fd = steal_fd(&fd);
	return r;
}

static int add_socket(struct custody *custody, struct custody_socket *wanted)
{
	int r;

	wanted->fd = wanted->before = -1;
	if (custody->socket_count >= CUSTODY_SOCKETS_MAX + custody->reserved)
		return -ENOBUFS;
	r = bind_socket(custody, wanted, -1, false);
	if (r < 0)
		return r;
	r = array_grow(&custody->sockets, custody->socket_count,
		       sizeof(*custody->sockets));
	if (r < 0)
		close_fd(&wanted->fd);
	else
		custody->sockets[custody->socket_count++] = *wanted;
	return r;
}

void custody_remove(struct custody *custody, size_t index)
{
	close_fd(&custody->sockets[index].fd);
	custody_forget(custody, &custody->sockets[index]);
	close_fd(&custody->sockets[index].before);
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

/*
 * A fresh TCP socket takes over from the one before. The filter that makes it
 * one-way forbids any further change: until the program is there, which takes
 * some microseconds, it lets nobody in.
 */
static int take_over(const struct custody_socket *fresh)
{
	int r = listen(fresh->fd, fresh->backlog) < 0 ? -errno : 0;

	if (r == 0)
		r = reuseport_prefer(fresh->fd);
	return r == 0 ? one_way_tcp(fresh->fd) : r;
}

/* A fresh socket; the one before is kept until this one is needed for good,
 * see custody_settle(). Of TCP it may take over at once what comes. */
static int supersede(const struct custody *custody,
		     struct custody_socket *socket, bool takes_over)
{
	struct custody_socket fresh = *socket;
	int r;

	fresh.fd = -1;
	fresh.listening = fresh.spoiled = false;
	fresh.missed = 0;
	fresh.seen = (struct holder){ 0 };
	r = bind_socket(custody, &fresh, socket->fd, takes_over);
	if (r == 0 && takes_over)
		r = take_over(&fresh);
	if (r < 0) {
		close_fd(&fresh.fd);
		return r;
	}
	if (socket->before < 0) {
		fresh.before = socket->fd;
		fresh.generation_before = socket->generation;
	} else {
		close_fd(&socket->fd);
	}
	*socket = fresh;
	return 0;
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
		return socket->mapping.udp || custody->apart ? -EADDRINUSE : 0;
	} else if (socket->generation && socket->generation < generation) {
		if (socket->mapping.udp || custody->apart == generation)
			r = supersede(custody, socket,
				      !socket->mapping.udp &&
					      socket->listening);
		else
			socket->generation_before = socket->generation;
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

static bool is_listening(const struct custody_socket *socket)
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
	if (socket->listening && !is_listening(socket)) {
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

		if (!socket->listening || is_listening(socket))
			continue;
		socket->spoiled = true;
		if (listen_anew(socket) == 0)
			healed++;
	}
	return healed;
}

/* --- Generations come and go ---------------------------------------------- */

/* The one before is again what it was. */
static void take_back(struct custody_socket *socket)
{
	socklen_t length = sizeof(socket->cookie);

	/* What waits for the one that goes is handed back. */
	if (!socket->mapping.udp)
		(void)shutdown(socket->fd, SHUT_RDWR);
	close_fd(&socket->fd);
	socket->fd = steal_fd(&socket->before);
	(void)getsockopt(socket->fd, SOL_SOCKET, SO_COOKIE, &socket->cookie,
			 &length);
	if (socket->mapping.udp)
		return;
	reuseport_forbid(socket->fd);
	socket->listening = is_listening(socket);
}

/* The one before is nobody's any more, whoever has it open: what waits for it
 * is handed over. */
static void leave_behind(struct custody_socket *socket)
{
	(void)shutdown(socket->before, SHUT_RDWR);
	close_fd(&socket->before);
	if (!socket->mapping.udp)
		reuseport_forbid(socket->fd);
}

void custody_part(struct custody *custody, unsigned int generation)
{
	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->generation != generation || socket->alone)
			continue;
		/* Failing that it is shut, and bound by nobody. */
		if (supersede(custody, socket, false) == 0) {
			leave_behind(socket);
			socket->generation = 0;
			custody_keep(custody, socket);
		} else {
			(void)shutdown(socket->fd, SHUT_RDWR);
		}
	}
}

void custody_settle(struct custody *custody, unsigned int generation,
		    bool serves)
{
	bool apart = custody->apart == generation;

	custody->apart = 0;
	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->generation != generation)
			continue;
		if (serves && apart && socket->before >= 0)
			leave_behind(socket);
		else if (serves)
			close_fd(&socket->before);
		if (serves)
			continue;
		socket->generation = socket->generation_before;
		if (socket->before >= 0)
			take_back(socket);
		custody_keep(custody, socket);
	}
}

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
