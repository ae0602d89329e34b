/*
 * libnftables, loaded where rules are set. That is done by a child process,
 * which ends with it: the library is large, and ends the process that it is
 * in when it has no memory.
 */
#ifndef JAILMOUNT_NFTABLES_H
#define JAILMOUNT_NFTABLES_H

#include "lib/base.h"
#include "lib/diag.h"

/*
 * Do what the text says, all of it or nothing, in the network namespace of
 * the process. -ENOENT if the library is not installed.
 */
int nftables_run(const char *rules, struct diag *diag) MUST_CHECK;

#endif
