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

/*
 * The socket for a generation's bind(), bound anew where that must be. It
 * stays valid until the next call of these. -ENOBUFS for too many, -EADDRINUSE
 * for one that somebody else has.
 */
int custody_obtain(struct custody *custody, const struct bind_answer *answer,
		   struct custody_holder holder,
		   struct custody_socket **ret_socket) MUST_CHECK;

/* The one with this SO_COOKIE, or NULL. */
struct custody_socket *custody_find(struct custody *custody, uint64_t cookie);

/* Make it listen, whatever a generation has done to it. 0 or -errno. */
int custody_listen(struct custody_socket *socket, unsigned int generation,
		   int backlog) MUST_CHECK;

void custody_remove_all(struct custody *custody);

#endif
