/*
 * UDP sockets that can answer and cannot call out.
 *
 * A datagram socket of the host's namespace sends to whomever its holder
 * names. These send only to an address and port that has sent to one of them
 * before, or that was admitted. A filter on each notes down who sends to it
 * (BPF_PROG_TYPE_SOCKET_FILTER, locked); what it sends is looked at by a
 * program of the control group that it was made in (BPF_CGROUP_INET_EGRESS),
 * which is that group's for as long as the socket lives. The group is removed
 * at once, and nothing of it has a name. What is dropped fails with EPERM.
 *
 * One that is made to call a peer with sends to that peer alone, by a group and
 * a program of the same kind, whose map holds nobody else.
 *
 * The senders are those of all the sockets together: who has asked at one port
 * may be answered from another, as TFTP does. The last ONE_WAY_UDP_SENDERS of
 * them are remembered.
 */
#ifndef JAILMOUNT_ONE_WAY_UDP_H
#define JAILMOUNT_ONE_WAY_UDP_H

#include "lib/base.h"
#include "mount/cgroup.h"
#include "mount/network_namespace.h"
#include "mount/socket_address.h"

enum {
	ONE_WAY_UDP_SENDERS = 16384,
	ONE_WAY_UDP_PEERS = 16, /* whose programs are remembered */
};

struct one_way_udp_peer {
	struct socket_address address;
	int egress; /* 0: none */
};

struct one_way_udp {
	int senders; /* the map */
	int filter;
	int egress;
	char *group; /* the path of the group, while there is one */
	struct one_way_udp_peer peers[ONE_WAY_UDP_PEERS]; /* a ring */
	size_t next_peer;
};

#define ONE_WAY_UDP_INIT                                                       \
	((struct one_way_udp){ .senders = -1, .filter = -1, .egress = -1 })

/*
 * Load the programs. `place` is where the group is made, and what names it.
 * -errno where the host has no
 * version 2 of the control groups, or its kernel does not take them.
 */
int one_way_udp_open(struct one_way_udp *udp,
		     const struct cgroup_place *place) MUST_CHECK;

/* Sockets stay as they are. */
void one_way_udp_close(struct one_way_udp *udp);

/* A socket in that network namespace; NULL is ours. A descriptor or -errno. */
int one_way_udp_socket(const struct one_way_udp *udp,
		       const struct network_namespace *network,
		       int domain) MUST_CHECK;

/* A socket of our network namespace that sends to this address and port alone.
 * A descriptor or -errno. */
int one_way_udp_socket_to(struct one_way_udp *udp, int domain,
			  const struct socket_address *peer) MUST_CHECK;

/* As if it had sent. 0 or -errno. */
int one_way_udp_admit(const struct one_way_udp *udp,
		      const struct socket_address *address) MUST_CHECK;

#endif
