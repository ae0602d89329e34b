/* --export kube: a Pod. Kubernetes API reference, Pod v1 core. */
#include "lib/path.h"
#include "pack/export.h"
#include "pack/yaml.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Everything is appended by functions that take NULL for a failure: whether
 * memory has run out is asked once, at the end. */

static json_t *text_of(const char *format, ...) PRINTF_LIKE(1, 2);

static json_t *text_of(const char *format, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		text = NULL;
		return NULL;
	}
	return json_string(text);
}

/* Names without their "CAP_". */
static json_t *added_capabilities(const struct config *config)
{
	json_t *list = json_array();

	for (int i = 0; i < 64; i++)
		if (config->capabilities >> i & 1)
			(void)json_array_append_new(
				list, json_string(capability_name(i) + 4));
	if (export_has_low_port(config))
		(void)json_array_append_new(list,
					    json_string("NET_BIND_SERVICE"));
	return list;
}

/* Does the image have files where the layer is to be? A volume would hide
 * them. */
static bool hides(const struct export_subject *export,
		  const struct config_layer *layer)
{
	if (layer->kind != CONFIG_LAYER_OVERLAY)
		return false;
	for (size_t i = 0; i < export->bill.file_count; i++) {
		const char *path = export->bill.files[i].path;

		if (path_within(path, layer->path) &&
		    strcmp(path, layer->path) != 0)
			return true;
	}
	return false;
}

static bool hides_any(const struct export_subject *export)
{
	for (size_t i = 0; i < export->config.layer_count; i++)
		if (hides(export, &export->config.layers[i]))
			return true;
	return false;
}

static json_t *security_context(const struct export_subject *export)
{
	/* Where something is to be written between files of the image there
	 * is nothing but the container's own layer. */
	return json_pack("{s:b,s:b,s:b,s:{s:[s],s:o},s:{s:s}}",
			 "allowPrivilegeEscalation", 0, "privileged", 0,
			 "readOnlyRootFilesystem", !hides_any(export),
			 "capabilities", "drop", "ALL", "add",
			 added_capabilities(&export->config), "seccompProfile",
			 "type", "RuntimeDefault");
}

static json_t *ports(const struct config *config)
{
	json_t *list = json_array();

	for (size_t i = 0; i < config->listen_count; i++)
		(void)json_array_append_new(
			list,
			json_pack("{s:i,s:s}", "containerPort",
				  config->listens[i].port, "protocol",
				  config->listens[i].udp ? "UDP" : "TCP"));
	return list;
}

static json_t *resources(const struct config_limits *limits)
{
	json_t *most = json_object();

	if (limits->memory_bytes)
		(void)json_object_set_new(
			most, "memory",
			text_of("%" PRIu64, limits->memory_bytes));
	if (limits->cpu_permille)
		(void)json_object_set_new(
			most, "cpu",
			text_of("%" PRIu32 "m", limits->cpu_permille));
	return json_pack("{s:o}", "limits", most);
}

/* The first TCP port; 0 if there is none. */
static int first_port(const struct config *config)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (!config->listens[i].udp)
			return config->listens[i].port;
	return 0;
}

static json_t *readiness(const struct config *config)
{
	int port = first_port(config);

	if (port && config->ready == CONFIG_READY_HTTP)
		return json_pack("{s:{s:s,s:i},s:i}", "httpGet", "path",
				 config->ready_path, "port", port,
				 "periodSeconds", 1);
	if (port && config->ready == CONFIG_READY_LISTEN)
		return json_pack("{s:{s:i},s:i}", "tcpSocket", "port", port,
				 "periodSeconds", 1);
	return NULL;
}

static int seconds(uint32_t milliseconds)
{
	uint32_t rounded = (milliseconds + 999) / 1000;

	return rounded ? (int)rounded : 1;
}

static json_t *liveness(const struct config *config)
{
	const struct config_health *health = &config->health;
	int port = first_port(config);

	if (!health->path || !port)
		return NULL;
	return json_pack("{s:{s:s,s:i},s:i,s:i,s:i}", "httpGet", "path",
			 health->path, "port", port, "periodSeconds",
			 seconds(health->every_milliseconds), "timeoutSeconds",
			 seconds(health->timeout_milliseconds),
			 "failureThreshold", (int)health->failures);
}

static json_t *environment(const struct config *config)
{
	json_t *list = json_array();

	for (char *const *one = config->environment; one && *one; one++) {
		const char *equals = strchr(*one, '=');
		CLEANUP_FREE char *name =
			equals ? strndup(*one, (size_t)(equals - *one)) : NULL;

		if (name)
			(void)json_array_append_new(
				list, json_pack("{s:s,s:s}", "name", name,
						"value", equals + 1));
	}
	return list;
}

static json_t *words(char *const *list)
{
	json_t *array = json_array();

	for (; list && *list; list++)
		(void)json_array_append_new(array, json_string(*list));
	return array;
}

/* --- Volumes -------------------------------------------------------------- */

static void add_volume(json_t *volumes, json_t *mounts, const char *path,
		       bool read_only, json_t *kind_and_source)
{
	CLEANUP_FREE char *name = NULL;
	json_t *volume = json_object();

	if (asprintf(&name, "place-%zu", json_array_size(volumes)) < 0)
		name = NULL;
	(void)json_object_set_new(volume, "name",
				  name ? json_string(name) : NULL);
	(void)json_object_update(volume, kind_and_source);
	json_decref(kind_and_source);
	(void)json_array_append_new(volumes, volume);
	(void)json_array_append_new(
		mounts, json_pack("{s:s,s:s,s:b}", "name", name ? name : "",
				  "mountPath", path, "readOnly", read_only));
}

static void add_volumes(const struct export_subject *export, json_t *volumes,
			json_t *mounts)
{
	const struct config *config = &export->config;

	for (size_t i = 0; i < config->layer_count; i++) {
		const struct config_layer *layer = &config->layers[i];

		if (!hides(export, layer))
			add_volume(
				volumes, mounts, layer->path, false,
				json_pack("{s:{s:s,s:o}}", "emptyDir", "medium",
					  "Memory", "sizeLimit",
					  text_of("%" PRIu64, layer->bytes)));
	}
	for (size_t i = 0; i < config->persist_count; i++)
		add_volume(volumes, mounts, config->persists[i].path, false,
			   json_pack("{s:{s:o}}", "persistentVolumeClaim",
				     "claimName",
				     text_of("%s-%zu", config->name, i)));
	for (size_t i = 0; i < config->share_count; i++)
		if (!path_has_pattern(config->shares[i].source))
			add_volume(volumes, mounts, config->shares[i].path,
				   !config->shares[i].writable,
				   json_pack("{s:{s:s,s:s}}", "hostPath",
					     "path", config->shares[i].source,
					     "type", "Directory"));
}

/* --- The Pod -------------------------------------------------------------- */

/* An optional member. */
static void set(json_t *object, const char *key, json_t *value)
{
	if (value)
		(void)json_object_set_new(object, key, value);
}

static json_t *container(const struct export_subject *export, json_t *mounts)
{
	const struct config *config = &export->config;
	json_t *object = json_pack(
		"{s:s,s:o,s:s,s:o,s:o,s:s,s:o,s:o,s:o,s:O}", "name",
		config->name, "image",
		text_of("localhost/%s:latest", config->name), "imagePullPolicy",
		"IfNotPresent", "command", words(config->arguments), "env",
		environment(config), "workingDir", config->workdir, "ports",
		ports(config), "resources", resources(&config->limits),
		"securityContext", security_context(export), "volumeMounts",
		mounts);

	set(object, "readinessProbe", readiness(config));
	set(object, "livenessProbe", liveness(config));
	return object;
}

static json_t *pod(const struct export_subject *export)
{
	const struct config *config = &export->config;
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	json_t *volumes = json_array(), *mounts = json_array();
	json_t *object;

	root_hash_format(export->subject->layout.root_hash, root_hash);
	add_volumes(export, volumes, mounts);
	object = json_pack(
		"{s:s,s:s,s:{s:s,s:{s:s},s:{s:s}},s:{s:b,s:b,s:b,s:i,s:[o],"
		"s:o}}",
		"apiVersion", "v1", "kind", "Pod", "metadata", "name",
		config->name, "labels", "app", config->name, "annotations",
		"io.jailpack/root-hash", root_hash, "spec",
		"automountServiceAccountToken", 0, "enableServiceLinks", 0,
		"hostUsers", 0, "terminationGracePeriodSeconds",
		seconds(config->drain_milliseconds), "containers",
		container(export, mounts), "volumes", volumes);
	json_decref(mounts);
	return object;
}

int export_kube(const struct export_subject *export, struct buf *yaml,
		struct diag *diag)
{
	const struct config *config = &export->config;
	json_t *object = pod(export);
	int r;

	if (!object)
		return diag_oom(diag);
	buf_puts(yaml, "# The image: jailpack --export oci, and from there "
		       "into the cluster's registry.\n");
	for (size_t i = 0; i < config->layer_count; i++)
		if (hides(export, &config->layers[i]))
			buf_printf(yaml,
				   "# %s is written to between files of the "
				   "image: its root is not read-only.\n",
				   config->layers[i].path);
	if (config->limits.processes)
		buf_printf(yaml,
			   "# The limit of %" PRIu64
			   " processes is the kubelet's to keep: "
			   "podPidsLimit.\n",
			   config->limits.processes);
	if (config->service_count > 1)
		buf_puts(yaml,
			 "# Of its services only the first is started.\n");
	r = yaml_write(object, yaml);
	json_decref(object);
	return r < 0 ? diag_oom(diag) : 0;
}
