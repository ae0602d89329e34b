/*
 * How many packets the filter of a jail's own network has refused since it was
 * set last: network_rules.h names the counters.
 *
 * linux/netfilter/nf_tables.h
 */
#ifndef JAILMOUNT_PACKET_COUNTS_H
#define JAILMOUNT_PACKET_COUNTS_H

#include "lib/base.h"
#include "mount/links.h"

struct packet_counts {
	uint64_t in, out;
};

/* `filter` is open for NETLINK_NETFILTER in the jail's namespace. 0 or
 * -errno. */
int packet_counts_read(struct links *filter,
		       struct packet_counts *ret_counts) MUST_CHECK;

#endif
