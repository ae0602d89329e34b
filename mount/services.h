/*
 * The several services of one generation, as the supervisor knows them: from
 * what its init tells. They are logged as they change, listed in --status, and
 * started and stopped by --service.
 */
#ifndef JAILMOUNT_SERVICES_H
#define JAILMOUNT_SERVICES_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "mount/control.h"
#include "mount/events.h"
#include "mount/generation.h"
#include "mount/logs.h"
#include "mount/service_channel.h"

#include <jansson.h>

struct service {
	struct service_news news;
	pid_t pid;	 /* as the host numbers it; 0 if it does not run */
	uint32_t ticket; /* of the order that is under way; 0: none */
	uint64_t client; /* who gave it */
};

struct services {
	/* To be filled in before. Not owned. */
	struct events *events;
	struct control *control;
	struct log_sink *sink;
	const struct config *config;
	const struct generation *generation;

	struct event_source source;
	struct service list[CONFIG_SERVICES_MAX]; /* as in the contract */
	uint32_t last_ticket;
};

/* Begin to listen to the init. Nothing to do where there is one service. 0 or
 * -ENOMEM. */
int services_watch(struct services *services) MUST_CHECK;

/* The generation is over. Whoever waits is told so. Harmless for a zeroed
 * struct, and at any time after services_watch(). */
void services_done(struct services *services);

/* --service NAME start|stop|restart. The client is answered when it is done:
 * {"service", "state", "pid", "restarts"}, as in services_json(). */
int services_order(struct services *services, const char *name,
		   const char *word, uint64_t client,
		   struct diag *diag) MUST_CHECK;

/* None of them is about to be started again. True where there is one. */
bool services_are_settled(const struct services *services);

/* [{"name", "state": running|waiting|stopping|stopped, "pid", "restarts",
 * "status"}], those that stay; NULL where there is one service. */
json_t *services_json(const struct services *services);

#endif
