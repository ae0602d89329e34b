/*
 * One GET, to find out whether a service answers.
 *
 * HTTP/1.1 (RFC 9112); no more than the status line is read.
 */
#ifndef JAILMOUNT_PROBE_H
#define JAILMOUNT_PROBE_H

#include "lib/base.h"
#include "mount/events.h"
#include "mount/network_namespace.h"
#include "mount/socket_address.h"

#include <stdbool.h>

struct probe {
	struct events *events; /* not owned */
	/* Where it is asked from; NULL: from here. Not owned. */
	const struct network_namespace *network;
	const char *path; /* "/..."; not owned */
	const char *host; /* for the Host field; not owned */
	/* It is over: the answer was 2xx or 3xx, or not. May start it anew. */
	void (*over)(void *context, bool success);
	void *context;

	/* For probe.c alone. */
	struct event_source source;
	struct event_timer timer;
	bool sent;
	char answer[16]; /* "HTTP/1.1 200" */
	size_t answer_length;
};

#define PROBE_INIT ((struct probe){ .source = { .fd = -1 } })

/* Ask at `target`, for `patience` microseconds at most. 0 or -errno: then
 * `over` is not called. */
int probe_start(struct probe *probe, const struct socket_address *target,
		int64_t patience) MUST_CHECK;

/* Leave it, without a word. Harmless when none is under way. */
void probe_cancel(struct probe *probe);

/* True for the beginning of an answer with 2xx or 3xx. Pure. */
bool probe_is_success(const char *answer, size_t length);

#endif
