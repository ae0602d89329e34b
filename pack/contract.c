#include "pack/contract.h"

#include "lib/path.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

void contract_defaults(struct config *config)
{
	config->stop_signal = SIGTERM;
	config->drain_milliseconds = CONTRACT_DRAIN_MILLISECONDS;
	config->ready_milliseconds = CONTRACT_READY_MILLISECONDS;
}

/* An error about something that is nowhere in the text. */
static int missing(const struct recipe *recipe, const char *directive,
		   const char *example, struct diag *diag)
{
	const struct location at = { .file = recipe->path };

	location_error(diag, -EINVAL, &at, "the recipe has no `%s`", directive);
	diag_hint(diag, "for instance: %s", example);
	return -EINVAL;
}

static bool needs_source(const struct recipe_item *item)
{
	return item->kind == ITEM_PACKAGE || item->kind == ITEM_FETCH ||
	       item->kind == ITEM_COPY;
}

static int check_sources(const struct recipe *recipe, struct diag *diag)
{
	for (size_t i = 0; recipe->source_count == 0 && i < recipe->item_count;
	     i++) {
		if (!needs_source(&recipe->items[i]))
			continue;
		location_error(diag, -EINVAL, &recipe->items[i].at,
			       "the recipe names no source to take this from");
		diag_hint(diag, "source debian, source host, or source tree "
				"DIRECTORY");
		return -EINVAL;
	}
	return 0;
}

/* Every layer is noexec: a program in one could never start. */
static int check_run(const struct recipe *recipe, struct diag *diag)
{
	char *const *arguments = recipe->config.arguments;

	if (!arguments)
		return missing(recipe, "run",
			       "run /usr/sbin/apache2 "
			       "-DFOREGROUND",
			       diag);
	for (size_t i = 0; i < recipe->layer_count; i++)
		if (path_within(arguments[0], recipe->layers[i].path))
			return location_error(
				diag, -EINVAL, &recipe->run_at,
				"%s is under %s, which is writable and hence "
				"cannot be executed (%s:%u:%u)",
				arguments[0], recipe->layers[i].path,
				recipe->layers[i].at.file,
				recipe->layers[i].at.line,
				recipe->layers[i].at.column);
	return 0;
}

static bool listens_on_tcp(const struct config *config)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (!config->listens[i].udp)
			return true;
	return false;
}

static int check_ready(const struct recipe *recipe, struct diag *diag)
{
	const struct config *config = &recipe->config;

	if (recipe->ready_at.line == 0)
		return 0;
	if (config->ready == CONFIG_READY_LISTEN && config->listen_count == 0) {
		location_error(diag, -EINVAL, &recipe->ready_at,
			       "ready listen without a port to listen on");
		diag_hint(diag, "add: listen PORT");
		return -EINVAL;
	}
	if (config->ready == CONFIG_READY_HTTP && !listens_on_tcp(config)) {
		location_error(diag, -EINVAL, &recipe->ready_at,
			       "ready http without a TCP port to ask at");
		diag_hint(diag, "add: listen 80");
		return -EINVAL;
	}
	return 0;
}

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

/* Everything but layers and devices, with the defaults. */
static int copy_config(struct config *copy, const struct config *config)
{
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
	return error < 0 ? error : copy_listens(copy, config);
}

int contract_complete(struct config *config, const struct recipe *recipe,
		      struct diag *diag)
{
	CLEANUP_CONFIG struct config copy = CONFIG_INIT;
	struct config old;
	int error;

	if (!recipe->config.name)
		return missing(recipe, "name", "name apache", diag);
	error = check_sources(recipe, diag);
	if (error == 0)
		error = check_run(recipe, diag);
	if (error == 0)
		error = check_ready(recipe, diag);
	if (error < 0)
		return error;
	if (copy_config(&copy, &recipe->config) < 0)
		return diag_oom(diag);
	if (recipe->ready_at.line == 0 && copy.listen_count > 0)
		copy.ready = CONFIG_READY_LISTEN;
	copy.layers = steal_ptr(&config->layers);
	copy.layer_count = config->layer_count;
	copy.devices = steal_ptr(&config->devices);
	copy.device_count = config->device_count;
	config->layer_count = config->device_count = 0;
	old = *config;
	*config = copy;
	copy = old; /* what is released */
	return 0;
}
