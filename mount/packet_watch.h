/*
 * Hearing of the packets that the filter of a jail's own network refuses: its
 * rules log them (network_rules.h), a few a second, and the kernel hands the
 * beginning of each to the supervisor.
 *
 * NFLOG: linux/netfilter/nfnetlink_log.h.
 */
#ifndef JAILMOUNT_PACKET_WATCH_H
#define JAILMOUNT_PACKET_WATCH_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/events.h"
#include "mount/links.h"
#include "mount/network_namespace.h"
#include "mount/refused_packet.h"

struct packet_watch {
	/* The sender's user id as the host numbers it; -1 if nobody knows. */
	void (*refused)(void *context, const struct refused_packet *packet,
			int64_t uid);
	void *context;

	/* For packet_watch.c alone. */
	struct links links;
	struct events *events;
	struct event_source source;
};

#define PACKET_WATCH_INIT ((struct packet_watch){ .source.fd = -1 })

/* Fill in refused and context first. */
int packet_watch_begin(struct packet_watch *watch,
		       const struct network_namespace *space,
		       struct events *events, struct diag *diag) MUST_CHECK;

/* Safe on PACKET_WATCH_INIT. */
void packet_watch_end(struct packet_watch *watch);

#endif
