#include "lib/config.h"

#include "lib/config_format.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

/*
 * config_check() has passed on every text and number: building the document
 * can only fail for want of memory. Every function here returns NULL or
 * non-zero then, and jansson's packing and appending take NULL for a failure
 * too, so that it is asked for once, at the end.
 */

static json_t *string_list(char *const *strings)
{
	json_t *list = json_array();

	for (; list && strings && *strings; strings++) {
		if (json_array_append_new(list, json_string(*strings)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

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
		string_list(config->arguments), "env",
		string_list(config->environment), "cwd",
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

static json_t *linux_object(const struct config *config)
{
	return json_pack(
		"{s:o,s:o,s:[{s:s},{s:s},{s:s},{s:s},{s:s},{s:s}],s:[sssss],"
		"s:[ss]}",
		"devices", device_list(config), "resources",
		resources_object(config), "namespaces", "type", "mount", "type",
		"pid", "type", "ipc", "type", "uts", "type", "network", "type",
		"cgroup", "maskedPaths", "/proc/acpi", "/proc/kcore",
		"/proc/keys", "/proc/timer_list", "/proc/scsi", "readonlyPaths",
		"/proc/sys", "/proc/sysrq-trigger");
}

/* Nothing is written for an empty text: most contracts ask for little. */
static int annotate(json_t *annotations, const char *key, const char *text)
{
	if (!text || !*text)
		return 0;
	return json_object_set_new(annotations, key, json_string(text));
}

/* Takes what the buffer holds, and empties it. */
static int annotate_buf(json_t *annotations, const char *key, struct buf *text)
{
	int r = buf_check(text) < 0 ? -1
				    : annotate(annotations, key, text->data);

	buf_reset(text);
	return r;
}

static void put_ready(const struct config *config, struct buf *text)
{
	switch (config->ready) {
	case CONFIG_READY_EXEC:
		buf_puts(text, "exec");
		break;
	case CONFIG_READY_LISTEN:
		buf_puts(text, "listen");
		break;
	case CONFIG_READY_HTTP:
		buf_printf(text, "http %s", config->ready_path);
		break;
	}
}

static void put_signal(int number, struct buf *text)
{
	const char *name = signal_name(number ? number : SIGTERM);

	if (name)
		buf_printf(text, "SIG%s", name);
	else
		buf_printf(text, "%d", number);
}

static void put_word(struct buf *text, const char *word)
{
	buf_printf(text, "%s%s", text->length ? " " : "", word);
}

static json_t *annotations_object(const struct config *config)
{
	json_t *object = json_pack("{s:s}", KEY_CONTRACT, CONTRACT_VERSION);
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = object ? 0 : -1;

	r |= annotate(object, KEY_NAME, config->name);
	r |= annotate(object, KEY_SUMMARY, config->summary);
	r |= annotate(object, KEY_VERSION, config->version);
	for (char **call = config->allowed_syscalls; call && *call; call++)
		put_word(&text, *call);
	r |= annotate_buf(object, KEY_SYSCALLS, &text);
	for (size_t i = 0; i < config->listen_count; i++)
		buf_printf(&text, "%s%u/%s", i ? " " : "",
			   config->listens[i].port,
			   config->listens[i].udp ? "udp" : "tcp");
	r |= annotate_buf(object, KEY_LISTEN, &text);
	if (config->log_stdout)
		put_word(&text, "stdout");
	if (config->log_stderr)
		put_word(&text, "stderr");
	if (config->log_syslog)
		put_word(&text, "syslog");
	r |= annotate_buf(object, KEY_LOG, &text);
	put_ready(config, &text);
	r |= annotate_buf(object, KEY_READY, &text);
	buf_printf(&text, "%" PRIu32, config->ready_milliseconds);
	r |= annotate_buf(object, KEY_READY_TIMEOUT, &text);
	put_signal(config->stop_signal, &text);
	r |= annotate_buf(object, KEY_STOP_SIGNAL, &text);
	buf_printf(&text, "%" PRIu32, config->drain_milliseconds);
	r |= annotate_buf(object, KEY_DRAIN, &text);
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *config_object(const struct config *config)
{
	json_t *object =
		json_pack("{s:s,s:{s:s,s:b},s:o,s:o,s:o,s:o}", "ociVersion",
			  OCI_VERSION, "root", "path", "rootfs", "readonly", 1,
			  "process", process_object(config), "mounts",
			  mount_list(config), "linux", linux_object(config),
			  "annotations", annotations_object(config));

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
