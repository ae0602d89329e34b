/* Services that are started for each connection, and their ports. */
#include "pack/contract_internal.h"

#include <errno.h>
#include <string.h>

static bool listens_on_tcp(const struct recipe *recipe, uint16_t port)
{
	const struct config *config = &recipe->config;

	for (size_t i = 0; i < config->listen_count; i++)
		if (config->listens[i].port == port && !config->listens[i].udp)
			return true;
	return false;
}

static bool is_said_by_another(const struct recipe *recipe, uint16_t port,
			       size_t index)
{
	for (size_t i = 0; i < recipe->service_count; i++)
		if (i != index && recipe->services[i].service.port == port)
			return true;
	return false;
}

/* The only TCP port that no other service names; 0 if there is not just one. */
static uint16_t only_port(const struct recipe *recipe, size_t index)
{
	const struct config *config = &recipe->config;
	uint16_t port = 0;

	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *listen = &config->listens[i];

		if (listen->udp ||
		    is_said_by_another(recipe, listen->port, index))
			continue;
		if (port != 0)
			return 0;
		port = listen->port;
	}
	return port;
}

uint16_t contract_service_port(const struct recipe *recipe, size_t index)
{
	const struct config_service *service = &recipe->services[index].service;

	if (!service->per_connection)
		return 0;
	return service->port ? service->port : only_port(recipe, index);
}

static int refuse_port(const struct recipe_service *service, uint16_t port,
		       struct diag *diag)
{
	if (port == 0) {
		location_error(diag, -EINVAL, &service->at,
			       "for which port is the service %s?",
			       service->service.name);
		diag_hint(diag,
			  "service %s per-connection PORT %s, and listen "
			  "PORT",
			  service->service.name, service->service.arguments[0]);
	} else {
		location_error(diag, -EINVAL, &service->port_at,
			       "the service %s is for port %u, which nothing "
			       "listens on",
			       service->service.name, port);
		diag_hint(diag, "add: listen %u", port);
	}
	return -EINVAL;
}

int contract_check_services(const struct recipe *recipe, struct diag *diag)
{
	for (size_t i = 0; i < recipe->service_count; i++) {
		const struct recipe_service *service = &recipe->services[i];
		uint16_t port = contract_service_port(recipe, i);

		if (!service->service.per_connection)
			continue;
		if (port == 0 || !listens_on_tcp(recipe, port))
			return refuse_port(service, port, diag);
		for (size_t k = 0; k < i; k++)
			if (contract_service_port(recipe, k) == port)
				return location_error(
					diag, -EINVAL, &service->at,
					"the services %s and %s are both for "
					"port %u",
					recipe->services[k].service.name,
					service->service.name, port);
	}
	return 0;
}
