/*
 * The network of a jail that has one of its own, in the supervisor's hands.
 * For supervisor.c.
 */
#ifndef JAILMOUNT_SUPERVISOR_NETWORK_H
#define JAILMOUNT_SUPERVISOR_NETWORK_H

#include "lib/base.h"
#include "lib/diag.h"

#include <jansson.h>

struct supervisor;

/* Make it, where the image wants one; the ports and the peers are known. */
int supervisor_open_network(struct supervisor *supervisor,
			    struct diag *diag) MUST_CHECK;

/* The log is there now: what the operator should know of the network. */
void supervisor_tell_network(struct supervisor *supervisor);

/* Nobody is in it any more. */
void supervisor_close_network(struct supervisor *supervisor);

/* {"addresses":[...],"interface":NAME or null,"end":NAME or null,
 * "refused_packets":{"in":N,"out":N}}, or NULL if it has none of its own. */
json_t *supervisor_network_json(const struct supervisor *supervisor);

#endif
