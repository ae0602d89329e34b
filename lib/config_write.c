#include "lib/config.h"

#include "lib/config_format.h"
#include "lib/json_text.h"
#include "lib/path.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

/*
 * config_check() has passed on every text and number: building the document
 * can only fail for want of memory. Every function here returns NULL or
 * non-zero then, and jansson's packing and appending take NULL for a failure
 * too, so that it is asked for once, at the end.
 */

static json_t *capability_list(uint64_t capabilities)
{
	json_t *list = json_array();

	for (int i = 0; list && i < 64; i++) {
		if (!(capabilities >> i & 1))
			continue;
		if (json_array_append_new(
			    list, json_string(capability_name(i))) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *rlimit_list(const struct config_limits *limits)
{
	const struct {
		const char *type;
		uint64_t value;
	} known[] = {
		{ "RLIMIT_CPU", limits->cpu_seconds },
		{ "RLIMIT_FSIZE", limits->file_bytes },
		{ "RLIMIT_NOFILE", limits->files },
	};
	json_t *list = json_array();

	for (size_t i = 0; list && i < ARRAY_SIZE(known); i++) {
		json_int_t value = (json_int_t)known[i].value;

		if (value == 0)
			continue;
		if (json_array_append_new(list, json_pack("{s:s,s:I,s:I}",
							  "type", known[i].type,
							  "hard", value, "soft",
							  value)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *process_object(const struct config *config)
{
	return json_pack(
		"{s:b,s:{s:i,s:i},s:o,s:o,s:s,s:{s:o,s:o,s:o},s:b,"
		"s:o}",
		"terminal", 0, "user", "uid", 0, "gid", 0, "args",
		json_strings(config->arguments), "env",
		json_strings(config->environment), "cwd",
		config->workdir ? config->workdir : "/", "capabilities",
		"bounding", capability_list(config->capabilities), "effective",
		capability_list(config->capabilities), "permitted",
		capability_list(config->capabilities), "noNewPrivileges", 1,
		"rlimits", rlimit_list(&config->limits));
}

/* json_pack() for a list of options that may hold one number. */
static json_t *option_number(const char *name, uint64_t value, bool octal)
{
	char text[64];

	if (octal)
		(void)snprintf(text, sizeof(text), "%s=%" PRIo64, name, value);
	else
		(void)snprintf(text, sizeof(text), "%s=%" PRIu64, name, value);
	return json_string(text);
}

static json_t *layer_object(const struct config_layer *layer)
{
	json_t *options =
		json_pack("[s,s,s,o,o]", "nosuid", "nodev", "noexec",
			  option_number("size", layer->bytes, false),
			  option_number("nr_inodes", layer->inodes, false));
	int r = options ? 0 : -1;

	if (layer->kind == CONFIG_LAYER_OVERLAY) {
		/* What other runtimes can do that comes nearest. */
		r |= json_array_append_new(options, json_string("tmpcopyup"));
	} else {
		r |= json_array_append_new(
			options, option_number("mode", layer->mode, true));
		r |= json_array_append_new(
			options, option_number("uid", layer->uid, false));
		r |= json_array_append_new(
			options, option_number("gid", layer->gid, false));
	}
	if (r < 0) {
		json_decref(options);
		return NULL;
	}
	return json_pack("{s:s,s:s,s:s,s:o}", "destination", layer->path,
			 "type", "tmpfs", "source", "tmpfs", "options",
			 options);
}

/* Directories of the host's. A persistent one is beside the image, for a
 * runtime that has no place of its own for it. */
static json_t *bind_object(const char *path, const char *directory,
			   const char *source, bool writable)
{
	return json_pack("{s:s,s:s,s:o,s:[s,s,s,s,s]}", "destination", path,
			 "type", "bind", "source",
			 json_sprintf("%s%s", directory, source), "options",
			 "bind", "nosuid", "nodev", "noexec",
			 writable ? "rw" : "ro");
}

static int append_binds(const struct config *config, json_t *list)
{
	int r = 0;

	for (size_t i = 0; i < config->persist_count; i++)
		r |= json_array_append_new(
			list, bind_object(config->persists[i].path, "persist",
					  config->persists[i].path,
					  !config->persists[i].read_only));
	for (size_t i = 0; i < config->share_count; i++) {
		const struct config_share *share = &config->shares[i];

		/* What matches only the host can know. */
		if (!path_has_pattern(share->source))
			r |= json_array_append_new(
				list,
				bind_object(share->path, "", share->source,
					    share->writable));
	}
	return r;
}

static json_t *mount_list(const struct config *config)
{
	json_t *list = json_array();
	int r = 0;

	if (config->proc)
		r |= json_array_append_new(
			list, json_pack("{s:s,s:s,s:s,s:[s,s,s,s]}",
					"destination", "/proc", "type", "proc",
					"source", "proc", "options", "nosuid",
					"nodev", "noexec", "hidepid=2"));
	r |= json_array_append_new(
		list,
		json_pack("{s:s,s:s,s:s,s:[s,s,s,s]}", "destination", "/dev",
			  "type", "tmpfs", "source", "tmpfs", "options",
			  "nosuid", "noexec", "mode=755", "size=65536"));
	for (size_t i = 0; i < config->layer_count; i++)
		r |= json_array_append_new(list,
					   layer_object(&config->layers[i]));
	r |= append_binds(config, list);
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *device_list(const struct config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < config->device_count; i++) {
		const struct config_device *device = &config->devices[i];
		json_t *object = json_pack(
			"{s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "path", device->path,
			"type", S_ISCHR(device->mode) ? "c" : "b", "major",
			(json_int_t)device->major, "minor",
			(json_int_t)device->minor, "fileMode",
			(json_int_t)(device->mode & 0777), "uid",
			(json_int_t)device->uid, "gid",
			(json_int_t)device->gid);

		if (json_array_append_new(list, object) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* The device cgroup: nothing but the nodes that the jail has. */
static json_t *device_rules(const struct config *config)
{
	json_t *list = json_pack("[{s:b,s:s}]", "allow", 0, "access", "rwm");

	for (size_t i = 0; list && i < config->device_count; i++) {
		const struct config_device *device = &config->devices[i];
		json_t *object =
			json_pack("{s:b,s:s,s:I,s:I,s:s}", "allow", 1, "type",
				  S_ISCHR(device->mode) ? "c" : "b", "major",
				  (json_int_t)device->major, "minor",
				  (json_int_t)device->minor, "access", "rw");

		if (json_array_append_new(list, object) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *resources_object(const struct config *config)
{
	const struct config_limits *limits = &config->limits;
	json_t *object = json_pack("{s:o}", "devices", device_rules(config));
	int r = object ? 0 : -1;

	if (limits->processes)
		r |= json_object_set_new(
			object, "pids",
			json_pack("{s:I}", "limit",
				  (json_int_t)limits->processes));
	if (limits->memory_bytes)
		r |= json_object_set_new(
			object, "memory",
			json_pack("{s:I}", "limit",
				  (json_int_t)limits->memory_bytes));
	if (limits->cpu_permille)
		r |= json_object_set_new(
			object, "cpu",
			json_pack("{s:I,s:i}", "quota",
				  (json_int_t)limits->cpu_permille *
					  CPU_QUOTA_PER_PERMILLE,
				  "period", CPU_PERIOD));
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *namespace_list(const struct config *config)
{
	static const char *const types[] = { "mount", "pid",	 "ipc",
					     "uts",   "network", "cgroup" };
	json_t *list = json_array();

	for (size_t i = 0; list && i < ARRAY_SIZE(types); i++) {
		if (config->network == CONFIG_NETWORK_HOST &&
		    strcmp(types[i], "network") == 0)
			continue;
		if (json_array_append_new(
			    list, json_pack("{s:s}", "type", types[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *linux_object(const struct config *config)
{
	return json_pack("{s:o,s:o,s:o,s:[sssss],s:[ss]}", "devices",
			 device_list(config), "resources",
			 resources_object(config), "namespaces",
			 namespace_list(config), "maskedPaths", "/proc/acpi",
			 "/proc/kcore", "/proc/keys", "/proc/timer_list",
			 "/proc/scsi", "readonlyPaths", "/proc/sys",
			 "/proc/sysrq-trigger");
}

static json_t *config_object(const struct config *config)
{
	json_t *object =
		json_pack("{s:s,s:{s:s,s:b},s:o,s:o,s:o,s:o}", "ociVersion",
			  OCI_VERSION, "root", "path", "rootfs", "readonly", 1,
			  "process", process_object(config), "mounts",
			  mount_list(config), "linux", linux_object(config),
			  "annotations", config_annotations(config));

	if (object && config->hostname &&
	    json_object_set_new(object, "hostname",
				json_string(config->hostname)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int append(const char *data, size_t length, void *context)
{
	struct buf *json = context;

	buf_append(json, data, length);
	return 0;
}

int config_write(const struct config *config, struct buf *json,
		 struct diag *diag)
{
	json_t *object;
	int r;

	r = config_check(config, diag);
	if (r < 0)
		return r;
	object = config_object(config);
	if (!object)
		return diag_oom(diag);
	r = json_dump_callback(object, append, json,
			       JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(object);
	if (r < 0 || buf_check(json) < 0)
		return diag_oom(diag);
	return 0;
}
