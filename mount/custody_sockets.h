/*
 * The sockets in custody: binding them, and keeping one generation's doings
 * from the next. For custody.c.
 *
 * Each generation gets sockets of its own. A UDP socket is bound over the one
 * before, which from then on receives nothing new. Of TCP see
 * custody_handover.c; where the kernel does not do that, all generations share
 * one.
 */
#ifndef JAILMOUNT_CUSTODY_SOCKETS_H
#define JAILMOUNT_CUSTODY_SOCKETS_H

#include "lib/base.h"
#include "mount/custody.h"
#include "mount/listen_table.h"

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

/* Bind a fresh one over that of the generation before; `closed` lets nobody in
 * yet. On failure what `wanted` has got is the caller's to close. */
int custody_bind_over(const struct custody *custody,
		      struct custody_socket *wanted,
		      const struct custody_socket *over,
		      bool closed) MUST_CHECK;

/* custody_udp.c: what is there for, if it is not yet. A jail in a network where
 * it may call needs none. */
void custody_open_udp(struct custody *custody, const struct listen_table *table,
		      const struct peers *peers);
/* Those that it may call it may call from its ports too. */
void custody_admit_peers(const struct custody *custody,
			 const struct peers *peers);

/* custody_handover.c: a fresh socket for the next generation. The one before
 * is kept until this one is needed for good, see custody_settle(). */
int custody_supersede(const struct custody *custody,
		      struct custody_socket *socket) MUST_CHECK;

/* custody_closed.c: the generation that has it binds it once more. -EBUSY if
 * it has it still. */
int custody_take_again(struct custody_socket *socket,
		       const struct custody_bind *bind) MUST_CHECK;

/* custody_closed.c: as if it had been closed: nobody waits in it any more. It
 * stays bound. */
void custody_quiesce(struct custody_socket *socket);

bool custody_is_listening(const struct custody_socket *socket);

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
