/* What a recipe put into its contract, copied, with the defaults. */
#include "pack/contract_internal.h"

#include <errno.h>
#include <string.h>

/* A copy of `string`, or of `otherwise` if there is none; NULL stays NULL. */
static int copy_string(char **ret_copy, const char *string,
		       const char *otherwise)
{
	if (!string)
		string = otherwise;
	if (!string)
		return 0;
	*ret_copy = strdup(string);
	return *ret_copy ? 0 : -ENOMEM;
}

static int copy_strings(char ***ret_copies, char *const *strings)
{
	int error = 0;

	for (; error == 0 && strings && *strings; strings++)
		error = strv_append(ret_copies, *strings);
	return error;
}

/* What a name may have and a host name may not is '_' and a last '.' or '-'. */
static int copy_hostname(struct config *copy, const struct config *config)
{
	size_t length;
	int error =
		copy_string(&copy->hostname, config->hostname, config->name);

	if (error < 0 || config->hostname)
		return error;
	for (char *c = copy->hostname; *c != '\0'; c++)
		if (*c == '_')
			*c = '-';
	length = strlen(copy->hostname);
	while (length > 1 && strchr(".-", copy->hostname[length - 1]))
		copy->hostname[--length] = '\0';
	return 0;
}

static int copy_listens(struct config *copy, const struct config *config)
{
	for (size_t i = 0; i < config->listen_count; i++) {
		if (array_grow(&copy->listens, i, sizeof(*copy->listens)) < 0)
			return -ENOMEM;
		copy->listens[copy->listen_count++] = config->listens[i];
	}
	return 0;
}

static int copy_connects(struct config *copy, const struct config *config)
{
	for (size_t i = 0; i < config->connect_count; i++) {
		if (array_grow(&copy->connects, i, sizeof(*copy->connects)) < 0)
			return -ENOMEM;
		copy->connects[copy->connect_count++] = config->connects[i];
	}
	return 0;
}

/* Each with its port, whether it was said or not. */
static int copy_services(struct config *copy, const struct recipe *recipe)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < recipe->service_count; i++) {
		const struct config_service *from =
			&recipe->services[i].service;
		struct config_service *service;

		if (array_grow(&copy->services, i, sizeof(*service)) < 0)
			return -ENOMEM;
		service = &copy->services[copy->service_count++];
		*service = *from;
		service->port = contract_service_port(recipe, i);
		service->name = NULL;
		service->arguments = NULL;
		error = copy_string(&service->name, from->name, NULL);
		if (error == 0)
			error = copy_strings(&service->arguments,
					     from->arguments);
	}
	return error;
}

static int copy_host(struct config *copy, const struct recipe *recipe)
{
	const struct config *config = &recipe->config;
	int error;

	copy->network = config->network;
	copy->restore = config->restore;
	copy->health = config->health;
	copy->health.path = NULL;
	error = copy_string(&copy->health.path, config->health.path, NULL);
	if (error == 0)
		error = copy_strings(&copy->addresses, config->addresses);
	if (error == 0)
		error = copy_connects(copy, config);
	return error < 0 ? error : copy_services(copy, recipe);
}

int contract_copy(struct config *copy, const struct recipe *recipe)
{
	const struct config *config = &recipe->config;
	int error;

	copy->capabilities = config->capabilities;
	copy->log_stdout = config->log_stdout;
	copy->log_stderr = config->log_stderr;
	copy->log_syslog = config->log_syslog;
	copy->proc = config->proc;
	copy->limits = config->limits;
	copy->stop_signal = config->stop_signal;
	copy->drain_milliseconds = config->drain_milliseconds;
	copy->ready = config->ready;
	copy->ready_milliseconds = config->ready_milliseconds;
	error = copy_string(&copy->name, config->name, NULL);
	if (error == 0)
		error = copy_string(&copy->summary, config->summary, NULL);
	if (error == 0)
		error = copy_string(&copy->version, config->version, "0");
	if (error == 0)
		error = copy_string(&copy->workdir, config->workdir, "/");
	if (error == 0)
		error = copy_string(&copy->ready_path, config->ready_path,
				    NULL);
	if (error == 0)
		error = copy_hostname(copy, config);
	if (error == 0)
		error = copy_strings(&copy->arguments, config->arguments);
	if (error == 0)
		error = copy_strings(&copy->environment, config->environment);
	if (error == 0)
		error = copy_strings(&copy->allowed_syscalls,
				     config->allowed_syscalls);
	if (error == 0)
		error = copy_listens(copy, config);
	return error < 0 ? error : copy_host(copy, recipe);
}
