/*
 * The sockets in custody: binding them, and keeping one generation's doings
 * from the next. For custody.c.
 *
 * A TCP socket is shared by all generations: what waits in its queue is lost
 * with it. A UDP socket has no such queue, and each generation gets one of
 * its own, bound over the one before, which from then on receives nothing
 * new.
 */
#ifndef JAILMOUNT_CUSTODY_SOCKETS_H
#define JAILMOUNT_CUSTODY_SOCKETS_H

#include "lib/base.h"
#include "mount/custody.h"

/* Bind one for the mapping, for nobody yet. 0 or -errno. */
int custody_reserve(struct custody *custody,
		    const struct listen_mapping *mapping) MUST_CHECK;

/* A bind() that is to be answered with a socket. */
struct custody_bind {
	const struct bind_answer *answer;
	struct custody_holder holder;
	struct socket_address asked; /* by the jail */
	bool shares; /* the socket with others of its generation: SO_REUSEPORT,
			of UDP SO_REUSEADDR too */
};

/*
 * The socket for a generation's bind(), bound anew where that must be. It
 * stays valid until the next call of these. -ENOBUFS for too many, -EADDRINUSE
 * for one that somebody else has, -EBUSY for one that the same generation has.
 */
int custody_obtain(struct custody *custody, const struct custody_bind *bind,
		   struct custody_socket **ret_socket) MUST_CHECK;

/* custody_closed.c: the generation that has it binds it once more. -EBUSY if
 * it has it still. */
int custody_take_again(struct custody_socket *socket,
		       const struct custody_bind *bind) MUST_CHECK;

/* The one with this SO_COOKIE, or NULL. */
struct custody_socket *custody_find(struct custody *custody, uint64_t cookie);

/* Make it listen, whatever a generation has done to it. 0 or -errno. */
int custody_listen(struct custody_socket *socket, unsigned int generation,
		   int backlog) MUST_CHECK;

/* Close the one at `index`, whose place another may take. */
void custody_remove(struct custody *custody, size_t index);
/* Close all from `index` on. */
void custody_drop(struct custody *custody, size_t index);

#endif
