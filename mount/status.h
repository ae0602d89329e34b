/*
 * What a jail's supervisor says about it, for --status and --list.
 */
#ifndef JAILMOUNT_STATUS_H
#define JAILMOUNT_STATUS_H

#include "lib/base.h"
#include "lib/buf.h"

#include <jansson.h>

struct supervisor;

/*
 * {"name", "state": starting|ready|restoring|stopping, "version",
 *  "root_hash", "image", "sealed", "protection": verity|sealed|in-place,
 *  "verity": {"device", "name", "corrupted"}, if it is that,
 *  "supervisor", "generation", "service",
 *  "started", "ready", "cgroup": of version 2, "range_base", "restores",
 * "last_restore_ms", "finishing": [numbers of old generations], "log",
 *  "listen": [{"protocol", "jail_port", "address", "sockets": [...]}],
 *  "signature": see verdict_json(),
 *  "services": see services_json(), "connections": see connections_json(),
 *  "refused_calls": of the generation that serves, witness_calls_json(),
 *  "refused_binds": {"count", "last": [...]}}
 *
 * A new reference, or NULL when memory runs out.
 */
json_t *status_json(const struct supervisor *supervisor);

/* That object, for people. */
void status_print(const json_t *status, struct buf *text);

/* An array of such objects, as a table; one that has only a name and a state
 * is of a jail that could not be asked. */
void status_print_list(const json_t *jails, struct buf *text);

#endif
