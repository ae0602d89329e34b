/*
 * --export oci: an OCI image layout, which skopeo and podman take.
 *
 * The layer is not compressed: how a compressor packs it changes with its
 * version, and who pushes it to a registry compresses it then.
 *
 * OCI image specification 1.0: image-layout.md, manifest.md, config.md.
 */
#include "lib/fdio.h"
#include "lib/json_text.h"
#include "lib/reference.h"
#include "lib/sha256.h"
#include "pack/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define BLOBS "blobs/sha256"
#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE "application/vnd.oci.image.layer.v1.tar"

enum { READ_SIZE = 128 << 10 };

struct blob {
	char digest[DIGEST_TEXT_SIZE];
	uint64_t size;
};

static int hash_file(int fd, struct blob *blob, struct diag *diag)
{
	CLEANUP_FREE uint8_t *buffer = malloc(READ_SIZE);
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;
	ssize_t got;

	if (!buffer)
		return diag_oom(diag);
	sha256_init(&hash);
	blob->size = 0;
	while ((got = pread(fd, buffer, READ_SIZE, (off_t)blob->size)) > 0) {
		sha256_update(&hash, buffer, (size_t)got);
		blob->size += (uint64_t)got;
	}
	if (got < 0)
		return diag_errno(diag, -errno, "cannot read the layer");
	sha256_final(&hash, digest);
	digest_format(digest, blob->digest);
	return 0;
}

static int put_layer(const struct export_subject *export,
		     const struct export_directory *directory,
		     struct blob *blob, struct diag *diag)
{
	CLEANUP_CLOSE int fd =
		openat(directory->fd, BLOBS "/layer",
		       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	CLEANUP_FREE char *path = NULL;
	int r;

	if (fd < 0)
		return diag_errno(diag, -errno, "cannot create the layer");
	r = export_layer(export, fd, diag);
	if (r == 0)
		r = hash_file(fd, blob, diag);
	if (r < 0)
		return r;
	if (asprintf(&path, BLOBS "/%s", strchr(blob->digest, ':') + 1) < 0)
		return diag_oom(diag);
	if (renameat(directory->fd, BLOBS "/layer", directory->fd, path) < 0)
		return diag_errno(diag, -errno, "cannot name the layer");
	return 0;
}

static int put_json(const struct export_directory *directory, json_t *json,
		    struct blob *blob, struct diag *diag)
{
	CLEANUP_FREE char *dump =
		json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	CLEANUP_FREE char *path = NULL;
	uint8_t digest[SHA256_SIZE];

	json_decref(json);
	if (!dump)
		return diag_oom(diag);
	blob->size = strlen(dump);
	sha256_digest(dump, (size_t)blob->size, digest);
	digest_format(digest, blob->digest);
	if (asprintf(&path, BLOBS "/%s", strchr(blob->digest, ':') + 1) < 0)
		return diag_oom(diag);
	return export_file(directory, path, dump, (size_t)blob->size, diag);
}

/* --- The configuration ---------------------------------------------------- */

/* {"80/tcp": {}} */
static json_t *exposed_ports(const struct config *config)
{
	json_t *ports = json_object();

	for (size_t i = 0; i < config->listen_count; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "%u/%s",
			       config->listens[i].port,
			       config->listens[i].udp ? "udp" : "tcp");
		(void)json_object_set_new(ports, key, json_object());
	}
	return ports;
}

static json_t *volumes(const struct config *config)
{
	json_t *object = json_object();

	for (size_t i = 0; i < config->layer_count; i++)
		(void)json_object_set_new(object, config->layers[i].path,
					  json_object());
	for (size_t i = 0; i < config->persist_count; i++)
		(void)json_object_set_new(object, config->persists[i].path,
					  json_object());
	return object;
}

static json_t *labels(const struct export_subject *export)
{
	const struct config *config = &export->config;
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];

	root_hash_format(export->subject->layout.root_hash, root_hash);
	return json_pack("{s:s,s:s,s:s,s:s}", "io.jailpack.root-hash",
			 root_hash, "org.opencontainers.image.title",
			 config->name, "org.opencontainers.image.version",
			 config->version ? config->version : "",
			 "org.opencontainers.image.description",
			 config->summary ? config->summary : "");
}

static json_t *configuration(const struct export_subject *export,
			     const char *architecture, const struct blob *layer)
{
	const struct config *config = &export->config;
	const char *signal = sigabbrev_np(config->stop_signal);
	char stop_signal[32];

	(void)snprintf(stop_signal, sizeof(stop_signal), "SIG%s",
		       signal ? signal : "TERM");
	return json_pack(
		"{s:s,s:s,s:{s:o,s:o,s:s,s:s,s:o,s:o,s:o},s:{s:s,s:[s]},"
		"s:[{s:s}]}",
		"architecture", architecture, "os", "linux", "config",
		"Entrypoint", json_strings(config->arguments), "Env",
		json_strings(config->environment), "WorkingDir",
		config->workdir, "StopSignal", stop_signal, "ExposedPorts",
		exposed_ports(config), "Volumes", volumes(config), "Labels",
		labels(export), "rootfs", "type", "layers", "diff_ids",
		layer->digest, "history", "created_by", "jailpack");
}

/* A version need not be a tag. */
static const char *tag_of(const struct config *config)
{
	const char *version = config->version;

	if (!version || !*version || strlen(version) > REFERENCE_TAG_MAX ||
	    strspn(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
			    "WXYZ0123456789_.-") != strlen(version) ||
	    strchr(".-", version[0]))
		return "latest";
	return version;
}

int export_oci(const struct export_subject *export,
	       struct export_directory *directory, struct buf *text,
	       struct diag *diag)
{
	struct blob layer, config, manifest;
	const char *architecture;
	int r = export_architecture(export, &architecture, diag);

	if (r == 0 && (mkdirat(directory->fd, "blobs", 0755) < 0 ||
		       mkdirat(directory->fd, BLOBS, 0755) < 0))
		r = diag_errno(diag, -errno, "cannot make " BLOBS);
	if (r == 0)
		r = put_layer(export, directory, &layer, diag);
	if (r == 0)
		r = put_json(directory,
			     configuration(export, architecture, &layer),
			     &config, diag);
	if (r == 0)
		r = put_json(directory,
			     json_pack("{s:i,s:s,s:{s:s,s:s,s:I},"
				       "s:[{s:s,s:s,s:I}]}",
				       "schemaVersion", 2, "mediaType",
				       MANIFEST_TYPE, "config", "mediaType",
				       CONFIG_TYPE, "digest", config.digest,
				       "size", (json_int_t)config.size,
				       "layers", "mediaType", LAYER_TYPE,
				       "digest", layer.digest, "size",
				       (json_int_t)layer.size),
			     &manifest, diag);
	if (r == 0)
		r = export_json(directory, "index.json",
				json_pack("{s:i,s:[{s:s,s:s,s:I,s:{s:s}}]}",
					  "schemaVersion", 2, "manifests",
					  "mediaType", MANIFEST_TYPE, "digest",
					  manifest.digest, "size",
					  (json_int_t)manifest.size,
					  "annotations",
					  "org.opencontainers.image.ref.name",
					  tag_of(&export->config)),
				diag);
	if (r == 0)
		r = export_json(
			directory, "oci-layout",
			json_pack("{s:s}", "imageLayoutVersion", "1.0.0"),
			diag);
	if (r == 0)
		buf_printf(text, "digest %s\n", manifest.digest);
	if (r == 0 && export->config.service_count > 1)
		buf_puts(text, "of its services only the first is started\n");
	return r;
}
