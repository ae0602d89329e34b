/*
 * A network namespace that the supervisor holds, and that outlives the
 * generations: each of them enters it. Sockets can be made in it from outside.
 */
#ifndef JAILMOUNT_NETWORK_NAMESPACE_H
#define JAILMOUNT_NETWORK_NAMESPACE_H

#include "lib/base.h"

#include <stdbool.h>

struct network_namespace {
	int fd;	  /* -1: there is none, and all is done in ours */
	int home; /* the one that the supervisor is in */
};

#define NETWORK_NAMESPACE_INIT                                                 \
	((struct network_namespace){ .fd = -1, .home = -1 })

/* Make a new one, and come back. 0 or -errno. */
int network_namespace_make(struct network_namespace *ret_space) MUST_CHECK;

/* It ends when nobody is in it any more, and no socket of it is open. */
void network_namespace_done(struct network_namespace *space);

/* Go there for good: in a child. 0 or -errno. */
int network_namespace_enter(const struct network_namespace *space) MUST_CHECK;

/* What is opened in between belongs to it. Whoever cannot come back has no
 * business anywhere, and is ended. */
int network_namespace_visit(const struct network_namespace *space) MUST_CHECK;
void network_namespace_leave(const struct network_namespace *space);

/* socket(2) in it; NULL is ours. A descriptor or -errno. */
int network_namespace_socket(const struct network_namespace *space, int domain,
			     int type, int protocol) MUST_CHECK;

/* True for a socket of the network namespace that we are in. */
bool socket_is_of_host(int socket);

#endif
