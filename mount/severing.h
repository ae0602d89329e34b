/*
 * Taking the network away from processes that have it already: every internet
 * socket of the host's, or of a network that is given, that one of them has
 * open is shut in both directions, whoever else has it.
 *
 * What is on its way from one process to another in a message is not seen, and
 * is shut by the next look when it has arrived.
 */
#ifndef JAILMOUNT_SEVERING_H
#define JAILMOUNT_SEVERING_H

#include "lib/base.h"
#include "mount/cgroup.h"
#include "mount/listen_table.h"

enum {
	SEVERING_LINKS_MAX = 1 << 18, /* descriptors that one look takes in */
	VISITED_LINKS_MAX = 4096,     /* likewise */
};

/* How many were shut that were not before. */
unsigned int sever(const struct cgroup *group);

/* Whether one of them has a connection open that came to a port of the table,
 * or more descriptors than can be looked at. */
bool is_visited(const struct cgroup *group, const struct listen_table *table);

/* The lowest priority for all of its threads: a service that finds its sockets
 * shut may try again and again. It cannot be taken back from inside. */
void subdue(const struct cgroup *group);

#endif
