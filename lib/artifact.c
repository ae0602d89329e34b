#include "lib/artifact.h"

#include "lib/block_index.h"
#include "lib/config_format.h"
#include "lib/image.h"
#include "lib/member.h"
#include "lib/printable.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

#define ROOT_HASH_KEY "io.jailpack.root-hash"
#define TITLE_KEY "org.opencontainers.image.title"
#define VERSION_KEY "org.opencontainers.image.version"
#define DOCKER_LIST_TYPE                                                       \
	"application/vnd.docker.distribution.manifest.list.v2+json"
#define OCI_INDEX_TYPE "application/vnd.oci.image.index.v1+json"

enum { VERSION_MAX = 256 };

void artifact_done(struct artifact *artifact)
{
	free(steal_ptr(&artifact->name));
	free(steal_ptr(&artifact->version));
}

/* --- Writing -------------------------------------------------------------- */

static json_t *descriptor(const char *type, const struct artifact_blob *blob)
{
	return json_pack("{s:s,s:s,s:I}", "mediaType", type, "digest",
			 blob->digest, "size", (json_int_t)blob->size);
}

/* Names of files, for clients that put layers into files. */
static json_t *layer(const char *type, const struct artifact_blob *blob,
		     const char *name, const char *suffix)
{
	json_t *object = descriptor(type, blob);
	CLEANUP_BUF struct buf title = BUF_INIT;

	buf_printf(&title, "%s%s", name, suffix);
	if (!object || buf_check(&title) < 0 ||
	    json_object_set_new(object, "annotations",
				json_pack("{s:s}", TITLE_KEY, title.data)) <
		    0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *layers(const struct artifact *artifact)
{
	const char *name = artifact->name;
	json_t *list = json_array();
	int r = json_array_append_new(
		list,
		layer(ARTIFACT_IMAGE_TYPE, &artifact->image, name, ".sqfs"));

	if (r == 0 && artifact->index.size)
		r = json_array_append_new(list, layer(ARTIFACT_INDEX_TYPE,
						      &artifact->index, name,
						      ".blocks"));
	if (r == 0 && artifact->signature.size)
		r = json_array_append_new(list, layer(ARTIFACT_SIGNATURE_TYPE,
						      &artifact->signature,
						      name, ".roothash.p7s"));
	if (r == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *annotations(const struct artifact *artifact)
{
	json_t *object =
		json_pack("{s:s,s:s}", ROOT_HASH_KEY, artifact->root_hash,
			  TITLE_KEY, artifact->name);

	if (object && artifact->version &&
	    json_object_set_new(object, VERSION_KEY,
				json_string(artifact->version)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

int artifact_write(const struct artifact *artifact, struct buf *json,
		   struct diag *diag)
{
	json_t *root = json_pack(
		"{s:i,s:s,s:s,s:o,s:o,s:o}", "schemaVersion", 2, "mediaType",
		ARTIFACT_MANIFEST_TYPE, "artifactType", ARTIFACT_TYPE, "config",
		descriptor(ARTIFACT_CONFIG_TYPE, &artifact->config), "layers",
		layers(artifact), "annotations", annotations(artifact));
	char *dump = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	if (!dump)
		return diag_oom(diag);
	buf_puts(json, dump);
	free(dump);
	return buf_check(json) < 0 ? diag_oom(diag) : 0;
}

/* --- Reading -------------------------------------------------------------- */

static int read_descriptor(const json_t *object, uint64_t max,
			   struct artifact_blob *blob, struct diag *diag)
{
	CLEANUP_FREE char *text = NULL;
	uint8_t digest[SHA256_SIZE];
	uint64_t size;
	int r = member_string(object, "digest", &text, diag);

	if (r == 0)
		r = member_number(object, "size", max, &size, diag);
	if (r < 0)
		return r;
	if (digest_parse(text, digest) < 0)
		return refuse(diag, "\"digest\" is no sha256 digest");
	if (size == 0)
		return refuse(diag, "\"size\" is 0");
	digest_format(digest, blob->digest);
	blob->size = size;
	return 0;
}

static int read_layer(const json_t *object, struct artifact *artifact,
		      struct diag *diag)
{
	const struct {
		const char *type;
		struct artifact_blob *blob;
		uint64_t max;
	} known[] = {
		{ ARTIFACT_IMAGE_TYPE, &artifact->image, ARTIFACT_IMAGE_MAX },
		{ ARTIFACT_INDEX_TYPE, &artifact->index,
		  BLOCK_INDEX_BYTES_MAX },
		{ ARTIFACT_SIGNATURE_TYPE, &artifact->signature,
		  IMAGE_SIGNATURE_MAX },
	};
	CLEANUP_FREE char *type = NULL;
	int r = member_string(object, "mediaType", &type, diag);

	/* What is not known here is none of our business. */
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(known); i++) {
		if (strcmp(type, known[i].type) != 0)
			continue;
		if (known[i].blob->size)
			return refuse(diag, "there is more than one %s", type);
		return read_descriptor(object, known[i].max, known[i].blob,
				       diag);
	}
	return r;
}

static int read_layers(const json_t *root, struct artifact *artifact,
		       struct diag *diag)
{
	json_t *list;
	int r = member_get(root, "layers", JSON_ARRAY, &list, diag);

	if (r == 0 && json_array_size(list) > MEMBER_LIST_MAX)
		r = refuse(diag, "it has more than %d layers", MEMBER_LIST_MAX);
	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		r = read_layer(json_array_get(list, i), artifact, diag);
		if (r < 0)
			return diag_wrap(diag, r, "layer %zu", i);
	}
	if (r == 0 && artifact->image.size == 0)
		r = refuse(diag, "it has no layer that is an image");
	return r;
}

static int read_annotations(const json_t *root, struct artifact *artifact,
			    struct diag *diag)
{
	CLEANUP_FREE char *hash = NULL;
	uint8_t digest[SHA256_SIZE];
	json_t *object;
	int r = member_get(root, "annotations", JSON_OBJECT, &object, diag);

	if (r == 0)
		r = member_string(object, ROOT_HASH_KEY, &hash, diag);
	if (r == 0)
		r = member_string(object, TITLE_KEY, &artifact->name, diag);
	if (r == 0)
		r = member_optional_string(object, VERSION_KEY,
					   &artifact->version, diag);
	if (r < 0)
		return diag_wrap(diag, r, "annotations");
	if (sha256_parse(hash, digest) < 0)
		return refuse(diag, "its root hash is none");
	if (!config_name_is_valid(artifact->name))
		return refuse(diag, "its title is no name of a jail");
	if (artifact->version && strlen(artifact->version) > VERSION_MAX)
		return refuse(diag, "its version is longer than any can be");
	sha256_format(digest, artifact->root_hash);
	return 0;
}

static int something_else(const char *type, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	printable_puts(&text, type ? type : "something without a type");
	(void)diag_set(diag, -EMEDIUMTYPE, "it is no jail image, but %.200s",
		       text.data ? text.data : "something else");
	diag_hint(diag, "jail images are put there by jailpack --push");
	return -EMEDIUMTYPE;
}

static int check_type(const json_t *root, struct diag *diag)
{
	const char *type =
		json_string_value(json_object_get(root, "mediaType"));
	const char *artifact =
		json_string_value(json_object_get(root, "artifactType"));
	json_t *config = json_object_get(root, "config");
	const char *config_type =
		json_string_value(json_object_get(config, "mediaType"));

	if (type && (strcmp(type, OCI_INDEX_TYPE) == 0 ||
		     strcmp(type, DOCKER_LIST_TYPE) == 0))
		return something_else(type, diag);
	if (!config_type || strcmp(config_type, ARTIFACT_CONFIG_TYPE) != 0)
		return something_else(config_type ? config_type : type, diag);
	/* Registries and tools from before 1.1 may have dropped it. */
	if (artifact && strcmp(artifact, ARTIFACT_TYPE) != 0)
		return something_else(artifact, diag);
	return 0;
}

static int read_root(const json_t *root, struct artifact *artifact,
		     struct diag *diag)
{
	uint64_t schema;
	json_t *config;
	int r;

	if (!json_is_object(root))
		return refuse(diag, "it is no object");
	r = check_type(root, diag);
	if (r == 0)
		r = member_number(root, "schemaVersion", UINT32_MAX, &schema,
				  diag);
	if (r == 0 && schema != 2)
		r = refuse(diag, "\"schemaVersion\" is not 2");
	if (r == 0)
		r = member_get(root, "config", JSON_OBJECT, &config, diag);
	if (r == 0)
		r = read_descriptor(config, CONFIG_BYTES_MAX, &artifact->config,
				    diag);
	if (r == 0)
		r = read_layers(root, artifact, diag);
	return r == 0 ? read_annotations(root, artifact, diag) : r;
}

int artifact_parse(const char *json, size_t length,
		   struct artifact *ret_artifact, struct diag *diag)
{
	CLEANUP_ARTIFACT struct artifact artifact = ARTIFACT_INIT;
	json_error_t error;
	json_t *root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	int r = root ? read_root(root, &artifact, diag)
		     : refuse(diag, "it is no JSON: %s", error.text);

	json_decref(root);
	if (r < 0)
		return diag_wrap(diag, r, "manifest");
	*ret_artifact = artifact;
	artifact = ARTIFACT_INIT;
	return 0;
}
