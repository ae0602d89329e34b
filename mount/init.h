/*
 * Process 1 of a jail. It furnishes the jail, gives up its powers, starts the
 * service, and from then on reaps what dies, passes signals on, and ends with
 * the service's own status. Of several services it takes care as
 * init_services.h says, and then follows the orders of the supervisor alone.
 * When the supervisor is gone it ends at once, and the kernel ends everything
 * else in the jail with it.
 */
#ifndef JAILMOUNT_INIT_H
#define JAILMOUNT_INIT_H

#include "lib/base.h"
#include "mount/apply.h"
#include "mount/generation.h"

struct init_parameters {
	const struct host_state *host;
	const struct seccomp_filter *filter;
	uint64_t pass; /* through that, for the programs that it starts */
	const struct cgroup_entrance *entrance;
	const struct generation_io *io;
	int channel; /* channel.h */
};

/* In the new process, right after clone3(2); it never returns. */
void init_run(const struct init_parameters *parameters)
	__attribute__((noreturn));

#endif
