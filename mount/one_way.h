/*
 * A TCP socket that can answer and cannot call out.
 *
 * A custody socket belongs to the host's network namespace. Whoever holds it
 * in the jail could use it the other way round: bind() and then connect(), or
 * listen(), shutdown(), connect(), or take an accepted connection, disconnect
 * it (connect(2) with AF_UNSPEC) and connect it anew. The network namespace
 * does not stand in the way of that, and a seccomp filter cannot tell one
 * descriptor from another without a race.
 *
 * So the socket gets a packet filter, locked, that drops every incoming
 * segment with both SYN and ACK: the second step of the handshake that a
 * caller begins, which one that is called never receives. Accepted
 * connections inherit filter and lock.
 */
#ifndef JAILMOUNT_ONE_WAY_H
#define JAILMOUNT_ONE_WAY_H

#include "lib/base.h"
#include "mount/socket_address.h"

#include <stdbool.h>

/* Make a TCP socket one-way, for good. 0 or -errno. */
int one_way_tcp(int fd) MUST_CHECK;

/* True if it is that. */
bool one_way_is_tcp(int fd) MUST_CHECK;

/* Nobody at all comes that way, until it is made one-way. 0 or -errno. */
int one_way_closed(int fd) MUST_CHECK;

/*
 * A socket that is about to call a peer, TCP or UDP, receives from that
 * address and port only, for good: connected to anybody else it would never
 * hear of it. 0 or -errno.
 */
int one_way_to_peer(int fd, const struct socket_address *peer) MUST_CHECK;

#endif
