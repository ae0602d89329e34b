/*
 * Sockets from one generation to the next.
 *
 * Where the kernel lets one of several listening sockets be preferred
 * (reuseport.h), each generation has TCP sockets of its own, too. Until it
 * serves, the one before is preferred; from then on nothing new comes to that
 * one, which goes on accepting what waits for it, and what it does not accept
 * goes to its successor.
 */
#include "mount/custody_keep.h"
#include "mount/custody_sockets.h"
#include "mount/one_way.h"
#include "mount/reuseport.h"

#include <errno.h>
#include <poll.h>

/* --- A generation comes --------------------------------------------------- */

/*
 * A fresh TCP socket beside the one that listens. The filter that makes it
 * one-way forbids any further change: until the program is there, which takes
 * some microseconds, it lets nobody in. The one that listens may be of an
 * earlier supervisor's: in no group before there are two, or in a map that is
 * not ours; then the fresh one is preferred at once.
 */
static int join(const struct custody_socket *socket,
		const struct custody_socket *fresh)
{
	int preferred = reuseport_prefer(fresh->map, socket->fd);
	int r = listen(fresh->fd, fresh->backlog) < 0 ? -errno : 0;

	if (r == 0 && preferred == -EINVAL)
		preferred = reuseport_prefer(fresh->map, socket->fd);
	if (r == 0 && preferred < 0 && preferred != -EBUSY)
		r = preferred;
	if (r == 0)
		r = reuseport_attach(fresh->fd, fresh->map);
	if (r == 0)
		r = one_way_tcp(fresh->fd);
	if (r == 0 && preferred == -EBUSY)
		r = reuseport_prefer(fresh->map, fresh->fd);
	return r;
}

int custody_supersede(const struct custody *custody,
		      struct custody_socket *socket)
{
	bool joins = !socket->mapping.udp && socket->listening;
	struct custody_socket fresh = *socket;
	int r = 0;

	fresh.fd = -1;
	fresh.listening = fresh.spoiled = false;
	fresh.missed = 0;
	fresh.seen = (struct holder){ 0 };
	if (joins && fresh.map < 0)
		r = fresh.map = reuseport_map();
	if (r >= 0)
		r = custody_bind_over(custody, &fresh, socket, joins);
	if (r == 0 && joins)
		r = join(socket, &fresh);
	if (r < 0) {
		close_fd(&fresh.fd);
		if (fresh.map != socket->map)
			close_fd(&fresh.map);
		if (joins)
			reuseport_forbid(socket->fd);
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

bool custody_prefer(const struct custody *custody, unsigned int generation,
		    bool preferred)
{
	bool all = true;

	for (size_t i = 0; i < custody->socket_count; i++) {
		const struct custody_socket *socket = &custody->sockets[i];

		if (socket->generation != generation || socket->mapping.udp ||
		    !socket->listening)
			continue;
		if (socket->before < 0 && socket->generation_before)
			all = false;
		else if (socket->before >= 0 && socket->map >= 0)
			(void)!reuseport_prefer(socket->map,
						preferred ? socket->fd
							  : socket->before);
	}
	return all;
}

/* --- A generation goes ---------------------------------------------------- */

/* Takes the descriptor over. What cannot be remembered is shut. */
static void let_leave(struct custody *custody,
		      const struct custody_socket *socket, int fd,
		      unsigned int generation)
{
	if (array_grow(&custody->leaving, custody->leaving_count,
		       sizeof(*custody->leaving)) < 0) {
		(void)shutdown(fd, SHUT_RDWR);
		(void)close(fd);
		return;
	}
	custody->leaving[custody->leaving_count++] = (struct custody_leaving){
		.fd = fd,
		.udp = socket->mapping.udp,
		.address = socket->address,
		.generation = generation,
	};
}

static void forget(struct custody *custody, size_t index)
{
	close_fd(&custody->leaving[index].fd);
	custody->leaving[index] = custody->leaving[--custody->leaving_count];
}

/* Nobody's any more, whoever has it open: what waits for it is handed over. */
static void cut(struct custody *custody, size_t index)
{
	(void)shutdown(custody->leaving[index].fd, SHUT_RDWR);
	forget(custody, index);
}

static bool waits(const struct custody_leaving *leaving)
{
	struct pollfd polled = { .fd = leaving->fd, .events = POLLIN };

	return poll(&polled, 1, 0) == 1;
}

bool custody_leaves(const struct custody *custody, unsigned int generation,
		    bool *ret_waited)
{
	bool any = false;

	*ret_waited = false;
	for (size_t i = 0; i < custody->leaving_count; i++) {
		const struct custody_leaving *leaving = &custody->leaving[i];

		if (leaving->generation != generation)
			continue;
		any = true;
		*ret_waited |= waits(leaving);
	}
	return any;
}

void custody_hand_over(struct custody *custody, unsigned int generation)
{
	for (size_t i = custody->leaving_count; i-- > 0;)
		if (custody->leaving[i].generation == generation &&
		    !custody->leaving[i].udp && waits(&custody->leaving[i]))
			cut(custody, i);
}

void custody_abandon(struct custody *custody, unsigned int generation)
{
	custody_hand_over(custody, generation);
	for (size_t i = custody->leaving_count; i-- > 0;)
		if (custody->leaving[i].generation == generation &&
		    !custody->leaving[i].udp)
			forget(custody, i);
}

void custody_gone(struct custody *custody, unsigned int generation)
{
	for (size_t i = custody->leaving_count; i-- > 0;)
		if (custody->leaving[i].generation == generation)
			forget(custody, i);
}

void custody_part(struct custody *custody, unsigned int generation)
{
	for (size_t i = custody->leaving_count; i-- > 0;)
		if (custody->leaving[i].generation == generation)
			cut(custody, i);
	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->generation != generation || socket->alone)
			continue;
		/* Failing that it is shut, and bound by nobody. */
		if (custody_supersede(custody, socket) == 0) {
			(void)shutdown(socket->before, SHUT_RDWR);
			close_fd(&socket->before);
			if (!socket->mapping.udp) {
				custody_quiesce(socket);
				reuseport_forbid(socket->fd);
			}
			socket->generation = 0;
			custody_keep(custody, socket);
		} else {
			(void)shutdown(socket->fd, SHUT_RDWR);
		}
	}
}

/* --- Which of them serves ------------------------------------------------- */

static void serve(struct custody *custody, struct custody_socket *socket)
{
	int before = socket->before;

	if (before < 0)
		return;
	socket->before = -1;
	let_leave(custody, socket, before, socket->generation_before);
	if (socket->mapping.udp)
		return;
	if (socket->listening)
		(void)!reuseport_prefer(socket->map, socket->fd);
	reuseport_forbid(socket->fd);
}

/* The one before is again what it was. What has come to the one that goes it
 * may answer, and who waits for it is handed back at its end. */
static void take_back(struct custody *custody, struct custody_socket *socket)
{
	unsigned int generation = socket->generation;
	socklen_t length = sizeof(socket->cookie);
	int fresh = socket->fd;

	socket->fd = steal_fd(&socket->before);
	socket->generation = socket->generation_before;
	(void)getsockopt(socket->fd, SOL_SOCKET, SO_COOKIE, &socket->cookie,
			 &length);
	if (!socket->mapping.udp) {
		socket->listening = custody_is_listening(socket);
		if (socket->listening && socket->map >= 0)
			(void)!reuseport_prefer(socket->map, socket->fd);
		reuseport_forbid(socket->fd);
	}
	if (socket->mapping.udp)
		(void)close(fresh);
	else
		let_leave(custody, socket, fresh, generation);
}

void custody_set_apart(struct custody *custody, unsigned int generation,
		       bool cuts)
{
	custody->apart = custody->parts || cuts ? generation : 0;
	custody->cuts = cuts;
}

void custody_settle(struct custody *custody, unsigned int generation,
		    bool serves)
{
	custody_set_apart(custody, 0, false);
	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->generation != generation)
			continue;
		if (serves) {
			serve(custody, socket);
			continue;
		}
		if (socket->before >= 0)
			take_back(custody, socket);
		else
			socket->generation = socket->generation_before;
		custody_keep(custody, socket);
	}
}
