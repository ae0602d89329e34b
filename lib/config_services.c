/* The contract's services, their health, and what restores them. */
#include "lib/config_format.h"

#include "lib/utf8.h"

#include <errno.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EINVAL, __VA_ARGS__)

const char *config_restore_word(size_t index,
				enum config_restore_cause *ret_cause)
{
	static const struct {
		const char *word;
		enum config_restore_cause cause;
	} causes[] = {
		{ "exit", CONFIG_RESTORE_EXIT },
		{ "tamper", CONFIG_RESTORE_TAMPER },
		{ "unhealthy", CONFIG_RESTORE_UNHEALTHY },
		{ "limit", CONFIG_RESTORE_LIMIT },
	};

	if (index >= ARRAY_SIZE(causes))
		return NULL;
	*ret_cause = causes[index].cause;
	return causes[index].word;
}

static bool listens_on_tcp(const struct config *config, uint16_t port)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (config->listens[i].port == port && !config->listens[i].udp)
			return true;
	return false;
}

static int check_per_connection(const struct config *config,
				const struct config_service *service,
				struct diag *diag)
{
	if (!service->per_connection) {
		if (service->port || service->at_most || service->source_most ||
		    service->source_milliseconds)
			return refuse(diag,
				      "the service %s is bounded as if it were "
				      "started for each connection",
				      service->name);
		return 0;
	}
	if (!listens_on_tcp(config, service->port))
		return refuse(diag,
			      "the service %s is for connections to port %u, "
			      "which is not listened on",
			      service->name, service->port);
	if (service->at_most == 0 || service->at_most > CONFIG_AT_MOST_MAX ||
	    service->source_most > CONFIG_SOURCE_MOST_MAX ||
	    service->source_milliseconds > CONFIG_DAY_MILLISECONDS ||
	    (service->source_most == 0) != (service->source_milliseconds == 0))
		return refuse(diag,
			      "the service %s has a bound that is out of range",
			      service->name);
	return 0;
}

static int check_service(const struct config *config, size_t index,
			 struct diag *diag)
{
	const struct config_service *service = &config->services[index];

	if (!config_name_is_valid(service->name))
		return refuse(diag, "%s is not the name of a service",
			      service->name ? service->name : "nothing");
	if (!service->arguments || !service->arguments[0] ||
	    !service->arguments[0][0] ||
	    strv_length(service->arguments) > CONFIG_LIST_MAX)
		return refuse(diag,
			      "the service %s has no program, or more than %d "
			      "arguments",
			      service->name, CONFIG_LIST_MAX);
	for (char **argument = service->arguments; *argument; argument++)
		if (!utf8_valid(*argument))
			return refuse(diag,
				      "an argument of the service %s is not "
				      "UTF-8 text",
				      service->name);
	for (size_t i = 0; i < index; i++) {
		const struct config_service *other = &config->services[i];

		if (strcmp(other->name, service->name) == 0)
			return refuse(diag, "two services are called %s",
				      service->name);
		if (service->per_connection && other->per_connection &&
		    service->port == other->port)
			return refuse(diag, "two services are for port %u",
				      service->port);
	}
	return check_per_connection(config, service, diag);
}

/* The first one's program stands where other runtimes look for one. */
static bool is_first(char *const *arguments, char *const *first)
{
	while (*arguments && *first && strcmp(*arguments, *first) == 0) {
		arguments++;
		first++;
	}
	return !*arguments && !*first;
}

int config_check_services(const struct config *config, struct diag *diag)
{
	int r = 0;

	if (config->service_count > CONFIG_SERVICES_MAX)
		return refuse(diag, "it has more than %d services",
			      CONFIG_SERVICES_MAX);
	for (size_t i = 0; r == 0 && i < config->service_count; i++)
		r = check_service(config, i, diag);
	if (r == 0 && config->service_count > 0 &&
	    !is_first(config->services[0].arguments, config->arguments))
		r = refuse(diag, "the program to run is not that of the first "
				 "service");
	return r;
}

static int check_health(const struct config *config, struct diag *diag)
{
	const struct config_health *health = &config->health;

	if (!health->path) {
		if (config->restore.causes & CONFIG_RESTORE_UNHEALTHY)
			return refuse(diag, "it is to be restored when it is "
					    "unhealthy, and nothing says when "
					    "it is");
		return 0;
	}
	if (health->every_milliseconds < CONFIG_HEALTH_EVERY_LEAST ||
	    health->every_milliseconds > CONFIG_DAY_MILLISECONDS ||
	    health->timeout_milliseconds == 0 ||
	    health->timeout_milliseconds > CONFIG_DAY_MILLISECONDS ||
	    health->failures == 0 ||
	    health->failures > CONFIG_HEALTH_FAILURES_MAX)
		return refuse(diag, "a number of its health check is out of "
				    "range");
	return config_check_request(health->path, diag);
}

int config_check_restore(const struct config *config, struct diag *diag)
{
	const struct config_restore *restore = &config->restore;
	enum config_restore_cause cause;
	unsigned int known = 0;

	for (size_t i = 0; config_restore_word(i, &cause); i++)
		known |= cause;
	if (restore->causes & ~known)
		return refuse(diag, "a cause to restore it is not known");
	if ((restore->every_milliseconds != 0 &&
	     restore->every_milliseconds < CONFIG_RESTORE_EVERY_LEAST) ||
	    restore->every_milliseconds > CONFIG_RESTORE_EVERY_MAX ||
	    restore->jitter_milliseconds > restore->every_milliseconds)
		return refuse(diag, "the time between restores, or its jitter, "
				    "is out of range");
	return check_health(config, diag);
}
