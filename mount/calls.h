/*
 * Calls of the jail to its peers: connect(2), put to the supervisor when the
 * image names anybody.
 *
 * A call to a peer is made by a socket of the supervisor's, in the host's
 * network, which takes the place of the caller's descriptor as in custody.h.
 * It sends to that peer alone: of TCP it is connected for good, of UDP
 * see one_way_udp.h. A caller that waits is kept waiting until the connection
 * stands or has failed; the supervisor does not wait. A call to anybody else
 * fails as it does in a network where nobody is: ENETUNREACH.
 *
 * No connect() of an internet socket is ever continued: between a look and the
 * kernel's own, another thread could put a socket of the host's under the
 * descriptor, or another address into memory. What acts in the jail's own
 * network is done here, on a duplicate and with the copy of the address.
 */
#ifndef JAILMOUNT_CALLS_H
#define JAILMOUNT_CALLS_H

#include "lib/base.h"
#include "mount/caller.h"
#include "mount/events.h"
#include "mount/one_way_udp.h"
#include "mount/peers.h"

#include <stdbool.h>

enum { CALLS_WAITING_MAX = 256 /* of all generations */ };

struct waiting_call;

struct calls {
	struct events *events;	      /* not owned */
	struct one_way_udp *udp;      /* likewise */
	struct waiting_call *waiting; /* a list */
	size_t waiting_count;
};

#define CALLS_INIT ((struct calls){ 0 })

/* Those that wait are left without an answer. */
void calls_done(struct calls *calls);

/* The same for those of one generation, whose notifications come here. */
void calls_forget(struct calls *calls, int notify_fd);

/*
 * Answer a connect() of an internet socket; the caller was inspected. True in
 * *ret_refused if it was a TCP call to somebody who is no peer, *ret_address.
 * 0 or -errno.
 */
int calls_answer(struct calls *calls, int notify_fd, struct caller *caller,
		 const struct peers *peers, bool *ret_refused,
		 struct socket_address *ret_address) MUST_CHECK;

#endif
