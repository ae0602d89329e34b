#include "lib/config.h"

#include "lib/config_format.h"
#include "lib/member.h"
#include "lib/number.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

/*
 * What is not looked at here (that root is read-only, which mounts and
 * namespaces there are besides) is not ignored: at the end the contract that
 * was understood is written out again, and must give the same bytes.
 */

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

static int read_capabilities(const json_t *process, struct config *config,
			     struct diag *diag)
{
	json_t *sets, *list, *entry;
	size_t i;
	int r = member_get(process, "capabilities", JSON_OBJECT, &sets, diag);

	if (r == 0)
		r = member_get(sets, "bounding", JSON_ARRAY, &list, diag);
	if (r < 0)
		return r;
	json_array_foreach(list, i, entry)
	{
		const char *name = json_string_value(entry);
		int number = name ? capability_number(name) : -EINVAL;

		if (number < 0)
			return refuse(diag,
				      "it asks for a capability, %s, "
				      "that is not known",
				      name ? name : "not even a string");
		config->capabilities |= UINT64_C(1) << number;
	}
	return 0;
}

static int read_rlimits(const json_t *process, struct config_limits *limits,
			struct diag *diag)
{
	json_t *list, *entry;
	size_t i;
	int r = member_get(process, "rlimits", JSON_ARRAY, &list, diag);

	if (r < 0)
		return r;
	json_array_foreach(list, i, entry)
	{
		const char *type =
			json_string_value(json_object_get(entry, "type"));
		uint64_t *limit;

		if (type && strcmp(type, "RLIMIT_CPU") == 0)
			limit = &limits->cpu_seconds;
		else if (type && strcmp(type, "RLIMIT_FSIZE") == 0)
			limit = &limits->file_bytes;
		else if (type && strcmp(type, "RLIMIT_NOFILE") == 0)
			limit = &limits->files;
		else
			return refuse(diag,
				      "it sets a limit, %s, that is not "
				      "known",
				      type ? type : "without a type");
		r = member_number(entry, "hard", INT64_MAX, limit, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_process(const json_t *document, struct config *config,
			struct diag *diag)
{
	json_t *process;
	int r = member_get(document, "process", JSON_OBJECT, &process, diag);

	if (r == 0)
		r = member_strings(process, "args", &config->arguments, diag);
	if (r == 0)
		r = member_strings(process, "env", &config->environment, diag);
	if (r == 0)
		r = member_string(process, "cwd", &config->workdir, diag);
	if (r == 0)
		r = read_capabilities(process, config, diag);
	if (r == 0)
		r = read_rlimits(process, &config->limits, diag);
	return r;
}

/* "name=VALUE" in a list of options. */
static int read_option(const char *option, struct config_layer *layer)
{
	uint64_t value;
	int r = 0;

	if (strcmp(option, "tmpcopyup") == 0) {
		layer->kind = CONFIG_LAYER_OVERLAY;
	} else if (strncmp(option, "size=", 5) == 0) {
		r = number_parse(option + 5, 10, INT64_MAX, &layer->bytes);
	} else if (strncmp(option, "nr_inodes=", 10) == 0) {
		r = number_parse(option + 10, 10, INT64_MAX, &layer->inodes);
	} else if (strncmp(option, "mode=", 5) == 0) {
		r = number_parse(option + 5, 8, 07777, &value);
		if (r == 0)
			layer->mode = (mode_t)value;
	} else if (strncmp(option, "uid=", 4) == 0) {
		r = number_parse(option + 4, 10, UINT32_MAX, &value);
		if (r == 0)
			layer->uid = (uint32_t)value;
	} else if (strncmp(option, "gid=", 4) == 0) {
		r = number_parse(option + 4, 10, UINT32_MAX, &value);
		if (r == 0)
			layer->gid = (uint32_t)value;
	}
	return r;
}

static int read_layer(const json_t *mount, struct config *config,
		      struct diag *diag)
{
	struct config_layer *layer = &config->layers[config->layer_count];
	json_t *options, *option;
	size_t i;
	int r = member_string(mount, "destination", &layer->path, diag);

	if (r < 0)
		return r;
	config->layer_count++;
	r = member_get(mount, "options", JSON_ARRAY, &options, diag);
	if (r < 0)
		return r;
	json_array_foreach(options, i, option)
	{
		const char *text = json_string_value(option);

		if (!text || read_option(text, layer) < 0)
			return refuse(diag,
				      "the mount at %s has a wrong option, %s",
				      layer->path, text ? text : "no string");
	}
	return 0;
}

static int read_mounts(const json_t *document, struct config *config,
		       struct diag *diag)
{
	json_t *list, *mount;
	size_t i;
	int r = member_get(document, "mounts", JSON_ARRAY, &list, diag);

	if (r < 0)
		return r;
	config->layers =
		calloc(json_array_size(list) + 1, sizeof(*config->layers));
	if (!config->layers)
		return diag_oom(diag);
	json_array_foreach(list, i, mount)
	{
		json_t *place, *type;

		r = member_get(mount, "destination", JSON_STRING, &place, diag);
		if (r == 0)
			r = member_get(mount, "type", JSON_STRING, &type, diag);
		if (r < 0)
			return r;
		/* Persistent and shared ones: the annotations say more. */
		if (strcmp(json_string_value(type), "bind") == 0)
			continue;
		if (strcmp(json_string_value(place), "/proc") == 0)
			config->proc = true;
		else if (strcmp(json_string_value(place), "/dev") != 0)
			r = read_layer(mount, config, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_device(const json_t *entry, struct config *config,
		       struct diag *diag)
{
	struct config_device *device = &config->devices[config->device_count];
	uint32_t mode = 0;
	json_t *type;
	int r = member_string(entry, "path", &device->path, diag);

	if (r < 0)
		return r;
	config->device_count++;
	r = member_get(entry, "type", JSON_STRING, &type, diag);
	if (r == 0)
		r = member_u32(entry, "major", &device->major, diag);
	if (r == 0)
		r = member_u32(entry, "minor", &device->minor, diag);
	if (r == 0)
		r = member_u32(entry, "fileMode", &mode, diag);
	if (r == 0)
		r = member_u32(entry, "uid", &device->uid, diag);
	if (r == 0)
		r = member_u32(entry, "gid", &device->gid, diag);
	if (r < 0)
		return r;
	if (mode > 0777)
		return refuse(diag, "the device %s has a wrong mode",
			      device->path);
	device->mode =
		mode |
		(strcmp(json_string_value(type), "b") == 0 ? S_IFBLK : S_IFCHR);
	return 0;
}

static int read_resources(const json_t *section, struct config_limits *limits,
			  struct diag *diag)
{
	json_t *resources, *object;
	uint64_t quota;
	int r = member_get(section, "resources", JSON_OBJECT, &resources, diag);

	if (r < 0)
		return r;
	object = json_object_get(resources, "pids");
	if (object)
		r = member_number(object, "limit", INT64_MAX,
				  &limits->processes, diag);
	object = json_object_get(resources, "memory");
	if (r == 0 && object)
		r = member_number(object, "limit", INT64_MAX,
				  &limits->memory_bytes, diag);
	object = json_object_get(resources, "cpu");
	if (r == 0 && object) {
		r = member_number(object, "quota",
				  (uint64_t)UINT32_MAX * CPU_QUOTA_PER_PERMILLE,
				  &quota, diag);
		if (r == 0)
			limits->cpu_permille =
				(uint32_t)(quota / CPU_QUOTA_PER_PERMILLE);
	}
	return r;
}

static int read_linux(const json_t *document, struct config *config,
		      struct diag *diag)
{
	json_t *section, *list, *entry;
	size_t i;
	int r = member_get(document, "linux", JSON_OBJECT, &section, diag);

	if (r == 0)
		r = member_get(section, "devices", JSON_ARRAY, &list, diag);
	if (r < 0)
		return r;
	config->devices =
		calloc(json_array_size(list) + 1, sizeof(*config->devices));
	if (!config->devices)
		return diag_oom(diag);
	json_array_foreach(list, i, entry)
	{
		r = read_device(entry, config, diag);
		if (r < 0)
			return r;
	}
	return read_resources(section, &config->limits, diag);
}

/* The version first: with another one nothing else can be relied on. */
static int check_version(const json_t *document, json_t **ret_annotations,
			 struct diag *diag)
{
	json_t *annotations, *version;
	int r = member_get(document, "annotations", JSON_OBJECT, &annotations,
			   diag);

	if (r == 0)
		r = member_get(annotations, KEY_CONTRACT, JSON_STRING, &version,
			       diag);
	if (r < 0)
		return r;
	if (strcmp(json_string_value(version), CONTRACT_VERSION) != 0) {
		r = refuse(diag, "it has version %s; only %s is known",
			   json_string_value(version), CONTRACT_VERSION);
		diag_hint(diag, "it was made by a newer jailpack");
		return r;
	}
	*ret_annotations = annotations;
	return 0;
}

/* Whatever the document says beyond what was understood shows here. */
static int check_canonical(const struct config *config, const char *json,
			   size_t length, struct diag *diag)
{
	CLEANUP_BUF struct buf again = BUF_INIT;
	size_t same = 0;
	int r = config_write(config, &again, diag);

	if (r < 0)
		return r == -EINVAL ? diag_wrap(diag, -EBADMSG, "it is wrong")
				    : r;
	while (same < length && same < again.length &&
	       json[same] == again.data[same])
		same++;
	if (same < length || same < again.length)
		return refuse(diag,
			      "it asks for something that is not known, or not "
			      "in the form it must have, from byte %zu on: "
			      "%.*s",
			      same,
			      (int)(length - same < 40 ? length - same : 40),
			      json + same);
	return 0;
}

static int read_document(const json_t *document, struct config *config,
			 struct diag *diag)
{
	json_t *annotations = NULL;
	int r = check_version(document, &annotations, diag);

	if (r == 0)
		r = config_read_annotations(annotations, config, diag);
	if (r == 0)
		r = member_optional_string(document, "hostname",
					   &config->hostname, diag);
	if (r == 0)
		r = read_process(document, config, diag);
	if (r == 0)
		r = read_mounts(document, config, diag);
	if (r == 0)
		r = read_linux(document, config, diag);
	return r;
}

int config_read(const char *json, size_t length, struct config *ret_config,
		struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	json_error_t error;
	json_t *document;
	int r;

	if (length > CONFIG_BYTES_MAX)
		return refuse(diag, "the contract is longer than any can be");
	document = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	if (!document)
		return refuse(diag, "the contract is not JSON: byte %d: %s",
			      error.position, error.text);
	r = read_document(document, &config, diag);
	json_decref(document);
	if (r == 0)
		r = check_canonical(&config, json, length, diag);
	if (r < 0)
		return diag_wrap(diag, r, "the contract cannot be used");
	*ret_config = config;
	config = CONFIG_INIT;
	return 0;
}
