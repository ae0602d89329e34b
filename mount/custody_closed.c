/* Sockets that a generation has closed: for its next bind(), and for clients
 * that would wait for nobody. */
#include "mount/custody_sockets.h"

#include <errno.h>
#include <sys/stat.h>

enum { DRAINED_MAX = 65536 /* datagrams */ };

static enum holding look(struct custody_socket *socket,
			 const struct cgroup *group)
{
	struct stat st;

	if (!group || fstat(socket->fd, &st) < 0)
		return HOLDING_UNKNOWN;
	return holders_look(group, st.st_ino, &socket->seen);
}

void custody_quiesce(struct custody_socket *socket)
{
	const struct sockaddr nothing = { .sa_family = AF_UNSPEC };
	char byte;

	if (!socket->mapping.udp) {
		(void)connect(socket->fd, &nothing, sizeof(nothing));
		socket->listening = false;
		return;
	}
	for (int i = 0; i < DRAINED_MAX; i++)
		if (recv(socket->fd, &byte, 1, MSG_DONTWAIT) < 0)
			break;
}

int custody_take_again(struct custody_socket *socket,
		       const struct custody_bind *bind)
{
	/* Several addresses of the jail's may be one of the host's. */
	if (bind->shares || !socket_address_equal(&socket->asked, &bind->asked))
		return 0;
	switch (look(socket, bind->holder.group)) {
	case HOLDING_SOME:
		return -EBUSY;
	case HOLDING_NONE:
		custody_quiesce(socket);
		break;
	case HOLDING_UNKNOWN:
		break;
	}
	return 0;
}

unsigned int custody_close(struct custody *custody,
			   struct custody_holder holder)
{
	unsigned int closed = 0;

	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (socket->generation != holder.generation ||
		    !socket->listening)
			continue;
		/* Once it may have been on its way to another process. */
		if (look(socket, holder.group) != HOLDING_NONE) {
			socket->missed = 0;
			continue;
		}
		if (++socket->missed < (holder_lives(&socket->seen)
						? CUSTODY_MISSED_MAX
						: CUSTODY_MISSED_ENDED_MAX))
			continue;
		custody_quiesce(socket);
		socket->missed = 0;
		socket->generation = 0;
		closed++;
	}
	return closed;
}

unsigned int custody_drop_unclaimed(struct custody *custody)
{
	unsigned int dropped = 0;

	for (size_t i = 0; i < custody->socket_count; i++) {
		struct custody_socket *socket = &custody->sockets[i];

		if (!socket->adopted)
			continue;
		socket->adopted = false;
		if (socket->generation || socket->mapping.for_connections)
			continue;
		custody_quiesce(socket);
		dropped++;
	}
	return dropped;
}
