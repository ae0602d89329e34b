/*
 * Several services in one jail, as its process 1 has them: started in the
 * contract's order, started again when they end, stopped in the reverse order.
 * For init.c.
 *
 * A service that ends without an order starts again after a pause of 1 s,
 * which doubles each time, up to a minute; one that has lived for a minute
 * begins anew with 1 s. What is left of its process group goes with it.
 */
#ifndef JAILMOUNT_INIT_SERVICES_H
#define JAILMOUNT_INIT_SERVICES_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/program.h"
#include "mount/service_channel.h"

#include <stdbool.h>

#define SERVICE_PAUSE_US ((int64_t)1000000)
#define SERVICE_PAUSE_MAX_US ((int64_t)60000000)
#define SERVICE_CALM_US ((int64_t)60000000)

/* The pause before the next start of one that had `before` the last time, or
 * 0, and has lived for `lived` microseconds. Pure. */
int64_t service_pause(int64_t before, int64_t lived);

struct init_service {
	const struct config_service *config;
	struct service_news news;
	bool told;	    /* that news */
	pid_t pid;	    /* 0: none */
	int pidfd;	    /* until it is told */
	int64_t started_at; /* by CLOCK_MONOTONIC, as the next */
	int64_t due;	    /* to start, to be killed, to be waited for no
			       longer; 0: nothing */
	bool again;	    /* once it is stopped */
	uint32_t ticket;    /* of the order that is being followed; 0: none */
};

struct init_services {
	const struct config *config;
	/* All but the arguments. Its descriptors stay open. */
	struct program program;
	struct init_service list[CONFIG_SERVICES_MAX];
	size_t count;
	bool ending;
	size_t awaited; /* then: this one is being stopped, and those from it
			   on were told; `count`: none yet */
};

/*
 * Start those that stay. With `first_only` the others are due at once, see
 * init_services_advance(). A program that does not start is an error here.
 */
int init_services_begin(struct init_services *services,
			const struct config *config,
			const struct program *program, bool first_only,
			struct diag *diag) MUST_CHECK;

/* Reap whatever has ended. */
void init_services_reap(struct init_services *services);

void init_services_order(struct init_services *services,
			 const struct service_order *order);

/* Do what is due. The milliseconds until the next time, or -1. */
int init_services_advance(struct init_services *services);

/* Tell what is new, and close what was told of it. False if something is left
 * because nobody reads. */
bool init_services_tell(struct init_services *services, int channel);

/* All were told to end, and have; *ret_status is the first one's. */
bool init_services_over(const struct init_services *services, int *ret_status);

#endif
