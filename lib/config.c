#include "lib/config.h"

#include "lib/config_format.h"
#include "lib/path.h"
#include "lib/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

enum {
	HOSTNAME_MAX = 64,
	CPU_PERMILLE_MAX = 8192 * 1000,
};

void config_share_done(struct config_share *share)
{
	free(share->source);
	free(share->path);
	*share = (struct config_share){ 0 };
}

void config_service_done(struct config_service *service)
{
	free(service->name);
	strv_free(service->arguments);
	*service = (struct config_service){ 0 };
}

void config_done(struct config *config)
{
	for (size_t i = 0; i < config->layer_count; i++)
		free(config->layers[i].path);
	for (size_t i = 0; i < config->device_count; i++)
		free(config->devices[i].path);
	for (size_t i = 0; i < config->persist_count; i++)
		free(config->persists[i].path);
	for (size_t i = 0; i < config->share_count; i++)
		config_share_done(&config->shares[i]);
	for (size_t i = 0; i < config->service_count; i++)
		config_service_done(&config->services[i]);
	free(config->name);
	free(config->summary);
	free(config->version);
	free(config->hostname);
	strv_free(config->arguments);
	strv_free(config->environment);
	free(config->workdir);
	strv_free(config->allowed_syscalls);
	free(config->layers);
	free(config->devices);
	free(config->listens);
	free(config->services);
	free(config->connects);
	strv_free(config->addresses);
	free(config->persists);
	free(config->shares);
	strv_free(config->tripwires);
	free(config->health.path);
	free(config->ready_path);
	*config = CONFIG_INIT;
}

#define refuse(diag, ...) diag_set(diag, -EINVAL, __VA_ARGS__)

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool made_of(const char *text, const char *characters)
{
	return text[strspn(text, characters)] == '\0';
}

bool config_name_is_valid(const char *name)
{
	return name && *name && strlen(name) <= CONFIG_NAME_MAX &&
	       made_of(name, LOWER DIGITS "._-") && !strchr("._-", name[0]);
}

int config_check_path(const char *path, const char *what, struct diag *diag)
{
	if (!path || !path_is_normal(path) || !utf8_valid(path) ||
	    strlen(path) > CONFIG_PATH_MAX)
		return refuse(diag,
			      "the path of %s, %s, is not an absolute path in "
			      "its normal form",
			      what, path ? path : "missing");
	return 0;
}

static int check_text(const char *text, const char *what, struct diag *diag)
{
	if (text && (!utf8_valid(text) || strpbrk(text, "\n\r")))
		return refuse(diag, "the %s is not one line of UTF-8 text",
			      what);
	return 0;
}

static int check_names(const struct config *config, struct diag *diag)
{
	const char *name = config->name;
	int r;

	if (!config_name_is_valid(name))
		return refuse(diag,
			      "the name of the jail, %s, is not made of a-z, "
			      "0-9 and . _ - behind a letter or digit, at most "
			      "%d of them",
			      name ? name : "missing", CONFIG_NAME_MAX);
	if (config->hostname &&
	    (!*config->hostname || strlen(config->hostname) > HOSTNAME_MAX ||
	     !made_of(config->hostname, LOWER UPPER DIGITS ".-")))
		return refuse(diag, "%s is not a host name", config->hostname);
	r = check_text(config->summary, "summary", diag);
	return r ? r : check_text(config->version, "version", diag);
}

static int check_process(const struct config *config, struct diag *diag)
{
	if (!config->arguments || !config->arguments[0] ||
	    !config->arguments[0][0])
		return refuse(diag, "the contract names no program to run");
	if (strv_length(config->arguments) > CONFIG_LIST_MAX ||
	    strv_length(config->environment) > CONFIG_LIST_MAX ||
	    strv_length(config->allowed_syscalls) > CONFIG_LIST_MAX)
		return refuse(diag,
			      "a list in the contract has more than %d "
			      "entries",
			      CONFIG_LIST_MAX);
	for (char **argument = config->arguments; *argument; argument++) {
		if (!utf8_valid(*argument))
			return refuse(diag, "an argument of the service is not "
					    "UTF-8 text");
	}
	for (char **variable = config->environment; variable && *variable;
	     variable++) {
		if (!utf8_valid(*variable) || **variable == '=' ||
		    !strchr(*variable, '='))
			return refuse(diag,
				      "the environment holds %s, which is not "
				      "NAME=VALUE",
				      *variable);
	}
	for (char **call = config->allowed_syscalls; call && *call; call++) {
		if (!**call || !made_of(*call, LOWER DIGITS "_"))
			return refuse(diag, "%s is not a system call's name",
				      *call);
	}
	if (config->capabilities &&
	    !capability_name(63 - __builtin_clzll(config->capabilities)))
		return refuse(diag, "the contract allows a capability that is "
				    "not known");
	return config->workdir
		       ? config_check_path(config->workdir,
					   "the working directory", diag)
		       : 0;
}

bool config_path_is_reserved(const char *path)
{
	return strcmp(path, "/") == 0 || path_within(path, "/dev") ||
	       path_within(path, "/proc");
}

static int check_layer(const struct config_layer *layer, struct diag *diag)
{
	int r = config_check_path(layer->path, "a layer", diag);

	if (r < 0)
		return r;
	if (config_path_is_reserved(layer->path))
		return refuse(diag, "no layer can be at %s", layer->path);
	if (layer->bytes == 0 || layer->bytes > INT64_MAX ||
	    layer->inodes == 0 || layer->inodes > INT64_MAX)
		return refuse(diag,
			      "the layer at %s has no limit, or one that is "
			      "out of range",
			      layer->path);
	if (layer->mode > 07777 || layer->uid > CONFIG_ID_MAX ||
	    layer->gid > CONFIG_ID_MAX)
		return refuse(diag,
			      "the layer at %s has a mode or an owner that is "
			      "out of range",
			      layer->path);
	return 0;
}

static int check_device(const struct config_device *device, struct diag *diag)
{
	int r = config_check_path(device->path, "a device", diag);

	if (r < 0)
		return r;
	if (strncmp(device->path, "/dev/", 5) != 0 ||
	    strchr(device->path + 5, '/'))
		return refuse(diag, "the device %s is not directly in /dev",
			      device->path);
	if ((!S_ISCHR(device->mode) && !S_ISBLK(device->mode)) ||
	    (device->mode & ~(mode_t)S_IFMT) > 0777 ||
	    device->uid > CONFIG_ID_MAX || device->gid > CONFIG_ID_MAX ||
	    device->major > 0xfff || device->minor > 0xfffff)
		return refuse(diag,
			      "the device %s has a type, mode, number or owner "
			      "that is out of range",
			      device->path);
	return 0;
}

static int check_lists(const struct config *config, struct diag *diag)
{
	int r = 0;

	if (config->layer_count > CONFIG_LIST_MAX ||
	    config->device_count > CONFIG_LIST_MAX ||
	    config->listen_count > CONFIG_LIST_MAX)
		return refuse(diag,
			      "a list in the contract has more than %d "
			      "entries",
			      CONFIG_LIST_MAX);
	for (size_t i = 0; r == 0 && i < config->layer_count; i++) {
		r = check_layer(&config->layers[i], diag);
		for (size_t k = 0; r == 0 && k < i; k++) {
			if (strcmp(config->layers[i].path,
				   config->layers[k].path) == 0)
				r = refuse(diag, "two layers are at %s",
					   config->layers[i].path);
		}
	}
	for (size_t i = 0; r == 0 && i < config->device_count; i++) {
		r = check_device(&config->devices[i], diag);
		for (size_t k = 0; r == 0 && k < i; k++) {
			if (strcmp(config->devices[i].path,
				   config->devices[k].path) == 0)
				r = refuse(diag, "two devices are at %s",
					   config->devices[i].path);
		}
	}
	return r;
}

int config_check_request(const char *path, struct diag *diag)
{
	if (!path || path[0] != '/' || strlen(path) > CONFIG_PATH_MAX)
		return refuse(diag, "%s cannot be asked for over HTTP",
			      path ? path : "nothing");
	for (const char *at = path; *at; at++) {
		if (*at <= ' ' || *at > '~')
			return refuse(diag,
				      "%s cannot be asked for over HTTP: "
				      "what is not a printable ASCII character "
				      "must be escaped with %%",
				      path);
	}
	return 0;
}

static int check_life(const struct config *config, struct diag *diag)
{
	const struct config_limits *limits = &config->limits;
	const struct config_io_limits *io = &limits->io;

	if (limits->processes > INT32_MAX || limits->memory_bytes > INT64_MAX ||
	    limits->cpu_permille > CPU_PERMILLE_MAX ||
	    limits->cpu_seconds > INT64_MAX || limits->files > INT32_MAX ||
	    limits->file_bytes > INT64_MAX || io->read_bytes > INT64_MAX ||
	    io->write_bytes > INT64_MAX || io->read_operations > INT64_MAX ||
	    io->write_operations > INT64_MAX)
		return refuse(diag, "a limit is out of range");
	if (config->stop_signal < 0 || config->stop_signal >= NSIG)
		return refuse(diag, "%d is not the number of a signal",
			      config->stop_signal);
	if (config->drain_milliseconds > CONFIG_DAY_MILLISECONDS ||
	    config->ready_milliseconds > CONFIG_DAY_MILLISECONDS)
		return refuse(diag, "a time to wait is longer than a day");
	if (config->ready == CONFIG_READY_HTTP)
		return config_check_request(config->ready_path, diag);
	return 0;
}

int config_check(const struct config *config, struct diag *diag)
{
	int r = check_names(config, diag);

	if (r == 0)
		r = check_process(config, diag);
	if (r == 0)
		r = check_lists(config, diag);
	if (r == 0)
		r = check_life(config, diag);
	if (r == 0)
		r = config_check_services(config, diag);
	if (r == 0)
		r = config_check_restore(config, diag);
	if (r == 0)
		r = config_check_network(config, diag);
	if (r == 0)
		r = config_check_places(config, diag);
	return r;
}
