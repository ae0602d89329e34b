/*
 * The processes of a generation, as /proc shows them: who they are, what they
 * run, what they have mapped and opened, and whom their sockets speak with.
 *
 * Formats: proc(5), proc_pid_stat(5), proc_net(5).
 */
#ifndef JAILMOUNT_EVIDENCE_PROCESSES_H
#define JAILMOUNT_EVIDENCE_PROCESSES_H

#include "lib/base.h"
#include "lib/diag.h"

#include <jansson.h>
#include <sys/types.h>

/*
 * Every process in the PID namespace of `init_pid`, by the host's number, up
 * to limits that the result tells of. The processes are better held still
 * meanwhile; those that end are left out.
 */
int evidence_processes_read(pid_t init_pid, json_t **ret_json,
			    struct diag *diag) MUST_CHECK;

#endif
