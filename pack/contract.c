#include "pack/contract.h"

#include "lib/path.h"
#include "pack/contract_internal.h"

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

/* Whatever can be written to, and what is the host's, is noexec: a program in
 * it could never start. */
static int check_program(const struct recipe *recipe,
			 const struct recipe_program *program,
			 struct diag *diag)
{
	const char *path = program->arguments[0];
	struct contract_place place;

	for (size_t i = 0; contract_place(recipe, i, &place); i++)
		if (path_within(path, place.path))
			return location_error(
				diag, -EINVAL, program->at,
				"%s is under %s, which %s and hence "
				"cannot be executed (%s:%u:%u)",
				path, place.path,
				place.of_host ? "is the host's" : "is writable",
				place.at->file, place.at->line,
				place.at->column);
	return 0;
}

static int check_programs(const struct recipe *recipe, struct diag *diag)
{
	struct recipe_program program;
	int r = 0;

	if (!recipe_program(recipe, 0, &program))
		return missing(recipe, "run",
			       "run /usr/sbin/apache2 "
			       "-DFOREGROUND",
			       diag);
	for (size_t i = 0; r == 0 && recipe_program(recipe, i, &program); i++)
		r = check_program(recipe, &program, diag);
	return r;
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

/* A service that is answered for a GET needs a port to ask at. */
static int check_health(const struct recipe *recipe, struct diag *diag)
{
	const struct config *config = &recipe->config;

	if (config->health.path && !listens_on_tcp(config)) {
		location_error(diag, -EINVAL, &recipe->check_at,
			       "check http without a TCP port to ask at");
		diag_hint(diag, "add: listen 80");
		return -EINVAL;
	}
	if ((config->restore.causes & CONFIG_RESTORE_UNHEALTHY) &&
	    !config->health.path) {
		location_error(diag, -EINVAL, &recipe->restore_on_at,
			       "restore on unhealthy, and nothing says when it "
			       "is");
		diag_hint(diag, "add: check http / every 5s");
		return -EINVAL;
	}
	return 0;
}

/* Those that others fill. */
static void keep_lists(struct config *copy, struct config *config)
{
	copy->layers = steal_ptr(&config->layers);
	copy->layer_count = config->layer_count;
	copy->devices = steal_ptr(&config->devices);
	copy->device_count = config->device_count;
	copy->persists = steal_ptr(&config->persists);
	copy->persist_count = config->persist_count;
	copy->shares = steal_ptr(&config->shares);
	copy->share_count = config->share_count;
	copy->tripwires = steal_ptr(&config->tripwires);
	config->layer_count = config->device_count = 0;
	config->persist_count = config->share_count = 0;
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
		error = check_programs(recipe, diag);
	if (error == 0)
		error = check_ready(recipe, diag);
	if (error == 0)
		error = check_health(recipe, diag);
	if (error == 0)
		error = contract_check_services(recipe, diag);
	if (error == 0)
		error = contract_check_places(recipe, diag);
	if (error < 0)
		return error;
	if (contract_copy(&copy, recipe) < 0)
		return diag_oom(diag);
	if (recipe->ready_at.line == 0 && copy.listen_count > 0)
		copy.ready = CONFIG_READY_LISTEN;
	keep_lists(&copy, config);
	old = *config;
	*config = copy;
	copy = old; /* what is released */
	return 0;
}
