/*
 * Custody beyond the supervisor's own life: sockets that clients come to are
 * given to the service manager, if there is one, which keeps them open when
 * the supervisor is killed, and hands them to the next. Whoever waits in their
 * queues is then served by that one.
 *
 * A UDP socket goes on noting down whom it may answer, and knows the peers of
 * the supervisor that made it (one_way_udp.h), until a restore replaces it.
 *
 * Not those of a network of the jail's own: the next supervisor makes that
 * network anew, as the settings say by then, and a socket of the old one would
 * keep it alive, with its interface, its addresses and its filter.
 *
 * The name that one is kept under is "tcp-PORT-COOKIE" or "udp-PORT-COOKIE",
 * with the jail's port and the socket's SO_COOKIE, which no other socket ever
 * has.
 */
#ifndef JAILMOUNT_CUSTODY_KEEP_H
#define JAILMOUNT_CUSTODY_KEEP_H

#include "lib/base.h"
#include "mount/custody.h"
#include "mount/listen_table.h"
#include "mount/sd_notify.h"

/* Have it kept from now on, if it listens, or of UDP somebody has it, in place
 * of what was kept for it before. Harmless without a manager, and if it is kept
 * already. */
void custody_keep(const struct custody *custody, struct custody_socket *socket);

/* It is to be closed: no longer keep it. */
void custody_forget(const struct custody *custody,
		    struct custody_socket *socket);

/*
 * Take over what was kept since the last start, before anything is bound. What
 * is not what it claims to be is closed and not kept any more: a socket of
 * another kind, address or network, of a port that is not in the table, or one
 * that could call out although this host can stand in the way of that. 0 or
 * -ENOMEM.
 */
int custody_adopt(struct custody *custody,
		  const struct listen_table *table) MUST_CHECK;

#endif
