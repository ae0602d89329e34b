#include "lib/registry_session.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { TAGS_BYTES_MAX = 8 << 20, TAGS_PAGE = 1000 };

/* Both forms: old registries keep what the OCI took over from docker. */
static char accept_manifests[] =
	"Accept: application/vnd.oci.image.manifest.v1+json, "
	"application/vnd.oci.image.index.v1+json, "
	"application/vnd.docker.distribution.manifest.v2+json, "
	"application/vnd.docker.distribution.manifest.list.v2+json";

static int check_digest(const char *name, const struct buf *manifest,
			const struct buf *claimed,
			char ret_digest[DIGEST_TEXT_SIZE], struct diag *diag)
{
	uint8_t digest[SHA256_SIZE], wanted[SHA256_SIZE];

	sha256_digest(manifest->data, manifest->length, digest);
	digest_format(digest, ret_digest);
	if (digest_parse(name, wanted) == 0 &&
	    memcmp(wanted, digest, sizeof(digest)) != 0)
		return diag_set(diag, -EBADMSG,
				"the manifest that came for %s is another: %s",
				name, ret_digest);
	if (claimed->length && digest_parse(claimed->data, wanted) == 0 &&
	    memcmp(wanted, digest, sizeof(digest)) != 0)
		return diag_set(diag, -EBADMSG,
				"the manifest of %s came as %s, but its sender "
				"says %s",
				name, ret_digest, claimed->data);
	return 0;
}

int registry_get_manifest(struct registry *registry, const char *name,
			  struct buf *ret_manifest,
			  char ret_digest[DIGEST_TEXT_SIZE], struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	CLEANUP_BUF struct buf url = BUF_INIT;
	char *headers[] = { accept_manifests, NULL };
	struct http_request request = { .method = "GET",
					.headers = headers,
					.body_max = REGISTRY_MANIFEST_MAX };
	int r;

	if (registry_url(registry, &url, "manifests/%s", name) < 0)
		return diag_oom(diag);
	request.url = url.data;
	r = registry_send(registry, &request, &response, diag);
	if (r < 0)
		return r;
	if (response.status != 200)
		return registry_refused(registry, &response,
					"fetch the manifest of", name, diag);
	if (response.body.length == 0)
		return diag_set(diag, -EBADMSG, "the manifest of %s is empty",
				name);
	r = check_digest(name, &response.body, &response.digest, ret_digest,
			 diag);
	if (r < 0)
		return r;
	buf_append(ret_manifest, response.body.data, response.body.length);
	return buf_check(ret_manifest) < 0 ? diag_oom(diag) : 0;
}

int registry_put_manifest(struct registry *registry, const char *name,
			  const char *media_type, const struct buf *manifest,
			  struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	CLEANUP_BUF struct buf url = BUF_INIT, type = BUF_INIT;
	char *headers[2] = { NULL, NULL };
	struct http_request request = { .method = "PUT",
					.headers = headers,
					.body = manifest->data,
					.body_length = manifest->length };
	int r;

	buf_printf(&type, "Content-Type: %s", media_type);
	if (registry_url(registry, &url, "manifests/%s", name) < 0 ||
	    buf_check(&type) < 0)
		return diag_oom(diag);
	headers[0] = type.data;
	request.url = url.data;
	r = registry_send(registry, &request, &response, diag);
	if (r < 0)
		return r;
	if (response.status != 201)
		return registry_refused(registry, &response,
					"put the manifest of", name, diag);
	return 0;
}

/* --- Tags ----------------------------------------------------------------- */

static int take_tags(const struct buf *body, char ***tags, struct diag *diag)
{
	json_t *root =
		json_loadb(body->data ? body->data : "", body->length, 0, NULL);
	json_t *list = json_object_get(root, "tags");
	size_t i;
	json_t *tag;
	int r = 0;

	/* A repository without tags has null for them. */
	if (!json_is_object(root) ||
	    (!json_is_array(list) && !json_is_null(list) && list))
		r = diag_set(diag, -EBADMSG, "what came is no list of tags");
	json_array_foreach(list, i, tag)
	{
		if (r < 0)
			break;
		if (!json_is_string(tag))
			r = diag_set(diag, -EBADMSG,
				     "what came is no list of tags");
		else if (strv_length(*tags) >= REGISTRY_TAGS_MAX)
			r = diag_set(diag, -EFBIG, "it has more than %d tags",
				     REGISTRY_TAGS_MAX);
		else if (strv_append(tags, json_string_value(tag)) < 0)
			r = diag_oom(diag);
	}
	json_decref(root);
	return r;
}

int registry_tags(struct registry *registry, char ***ret_tags,
		  struct diag *diag)
{
	const char *repository = registry->reference->repository;
	CLEANUP_BUF struct buf url = BUF_INIT;
	char **tags = NULL;
	int r = 0;

	if (registry_url(registry, &url, "tags/list?n=%d", TAGS_PAGE) < 0)
		return diag_oom(diag);
	/* One page after the other, as long as there is a next one. */
	while (r == 0 && url.length) {
		CLEANUP_HTTP_RESPONSE struct http_response response =
			HTTP_RESPONSE_INIT;
		struct http_request request = { .method = "GET",
						.url = url.data,
						.body_max = TAGS_BYTES_MAX };
		size_t before = strv_length(tags);

		r = registry_send(registry, &request, &response, diag);
		if (r == 0 && response.status != 200)
			r = registry_refused(registry, &response,
					     "list the tags of", repository,
					     diag);
		if (r == 0)
			r = take_tags(&response.body, &tags, diag);
		buf_reset(&url);
		/* A page without a tag is the last, whatever it says. */
		if (r == 0 && strv_length(tags) > before)
			buf_append(&url, response.link.data,
				   response.link.length);
		if (r == 0 && buf_check(&url) < 0)
			r = diag_oom(diag);
	}
	if (r < 0)
		strv_free(tags);
	else
		*ret_tags = tags;
	return r;
}
