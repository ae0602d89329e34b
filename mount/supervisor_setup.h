/*
 * What a supervisor has besides its generations: taken before the first, given
 * back after the last. For supervisor.c.
 */
#ifndef JAILMOUNT_SUPERVISOR_SETUP_H
#define JAILMOUNT_SUPERVISOR_SETUP_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/supervisor.h"

/*
 * Name and id range, ports, logs, control socket, signals, plan: everything
 * that can fail without a trace of it, before the first mount. What was taken
 * until it failed is given back by supervisor_done().
 */
int supervisor_prepare(struct supervisor *supervisor,
		       struct diag *diag) MUST_CHECK;

/* End what lives, give everything back, and tell those who wait for it. */
void supervisor_done(struct supervisor *supervisor);

#endif
