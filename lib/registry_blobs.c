#include "lib/registry_session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What goes up in one request: as much is sent again at most when a
 * connection breaks. */
enum { CHUNK_MAX = 32 << 20 };

int registry_has_blob(struct registry *registry, const char *digest,
		      struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	CLEANUP_BUF struct buf url = BUF_INIT;
	struct http_request request = { .method = "HEAD" };
	int r;

	if (registry_url(registry, &url, "blobs/%s", digest) < 0)
		return diag_oom(diag);
	request.url = url.data;
	r = registry_send(registry, &request, &response, diag);
	if (r < 0)
		return r;
	if (response.status == 200)
		return 1;
	if (response.status == 404)
		return 0;
	return registry_refused(registry, &response, "look for the blob",
				digest, diag);
}

/* --- Down ----------------------------------------------------------------- */

struct download {
	const struct registry_blob *blob;
	uint64_t done; /* bytes of what is wanted that have come */
	uint64_t skip; /* of a whole that comes where a part was asked for */
	bool begun;    /* the answer's body has begun */
	bool wrong;    /* it is not what was asked for */
};

static int take_part(void *context, const struct http_response *response,
		     const void *data, size_t length)
{
	struct download *download = context;
	const struct registry_blob *blob = download->blob;
	const char *from = data;
	int r;

	if (!download->begun) {
		download->begun = true;
		download->skip = response->status == 206
					 ? 0
					 : blob->from + download->done;
		/* Where a part was wanted from the first a whole is of no use;
		 * a whole that broke off is worth reading over again. */
		if ((response->status == 200 && blob->length < blob->size) ||
		    (response->status == 206 &&
		     response->range_from != blob->from + download->done)) {
			download->wrong = true;
			return -EOPNOTSUPP;
		}
	}
	if (download->skip >= length) {
		download->skip -= length;
		return 0;
	}
	from += download->skip;
	length -= (size_t)download->skip;
	download->skip = 0;
	if (length > blob->length - download->done) {
		/* More than the manifest says: it ends here. */
		download->wrong = true;
		return -EBADMSG;
	}
	r = blob->take(blob->context, from, length);
	if (r == 0)
		download->done += length;
	return r;
}

static int ask_for_part(struct registry *registry, const char *url,
			struct download *download,
			struct http_response *response, struct diag *diag)
{
	const struct registry_blob *blob = download->blob;
	uint64_t from = blob->from + download->done;
	char range[80];
	char *headers[] = { range, NULL };
	struct http_request request = { .method = "GET",
					.url = url,
					.take = take_part,
					.context = download };

	(void)snprintf(range, sizeof(range),
		       "Range: bytes=%" PRIu64 "-%" PRIu64, from,
		       blob->from + blob->length - 1);
	if (from > 0 || blob->length < blob->size)
		request.headers = headers;
	download->begun = false;
	download->skip = 0;
	return registry_send_once(registry, &request, response, diag);
}

static int cannot_download(const struct registry *registry,
			   const struct download *download, int error,
			   struct diag *diag)
{
	const struct registry_blob *blob = download->blob;

	if (error == -EOPNOTSUPP)
		return diag_set(diag, error, "%s gives out blobs only whole",
				registry->reference->registry);
	if (download->wrong)
		return diag_set(diag, error,
				"%s sends more of %s than its manifest says",
				registry->reference->registry, blob->digest);
	return diag_wrap(diag, error, "cannot fetch %s", blob->digest);
}

int registry_get_blob(struct registry *registry,
		      const struct registry_blob *blob, struct diag *diag)
{
	struct download download = { .blob = blob };
	CLEANUP_BUF struct buf url = BUF_INIT;
	unsigned int attempt = 0;

	if (registry_url(registry, &url, "blobs/%s", blob->digest) < 0)
		return diag_oom(diag);
	while (download.done < blob->length) {
		CLEANUP_HTTP_RESPONSE struct http_response response =
			HTTP_RESPONSE_INIT;
		uint64_t before = download.done;
		int r = ask_for_part(registry, url.data, &download, &response,
				     diag);

		if (download.done > before)
			attempt = 0;
		if (r == 0 && download.done == blob->length)
			break;
		/* It says that it is through, and it is not. */
		if (r == 0 &&
		    (response.status == 200 || response.status == 206)) {
			r = diag_set(diag, -EIO, "it ends too early");
			response.passing = true;
		}
		if (registry_again(registry, ++attempt, r, &response, diag))
			continue;
		if (r < 0)
			return cannot_download(registry, &download, r, diag);
		return registry_refused(registry, &response, "fetch",
					blob->digest, diag);
	}
	return 0;
}

/* --- Up ------------------------------------------------------------------- */

struct progress_of {
	const struct registry_upload *upload;
	uint64_t before; /* that had arrived when the request began */
};

static void on_sent(void *context, uint64_t bytes)
{
	const struct progress_of *progress = context;
	const struct registry_upload *upload = progress->upload;

	if (upload->sent)
		upload->sent(upload->context, progress->before + bytes);
}

/* Where an upload goes on is told anew in each answer. */
static int follow(struct registry *registry, struct http_response *response,
		  unsigned int wanted, const char *digest, struct buf *url,
		  struct diag *diag)
{
	if (response->status != wanted)
		return registry_refused(registry, response, "upload", digest,
					diag);
	if (!response->location.length)
		return diag_set(diag, -EBADMSG,
				"%s does not say where an upload goes",
				registry->reference->registry);
	buf_reset(url);
	buf_append(url, response->location.data, response->location.length);
	return buf_check(url) < 0 ? diag_oom(diag) : 0;
}

static int begin_upload(struct registry *registry, const char *digest,
			struct buf *url, struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	struct http_request request = { .method = "POST" };
	int r;

	if (registry_url(registry, url, "blobs/uploads/") < 0)
		return diag_oom(diag);
	request.url = url->data;
	r = registry_send(registry, &request, &response, diag);
	return r < 0 ? r : follow(registry, &response, 202, digest, url, diag);
}

/* How much of an upload has arrived: what of a chunk that broke off counts is
 * the registry's to say. -ENOENT if it has forgotten the upload. */
static int ask_progress(struct registry *registry, const char *digest,
			struct buf *url, uint64_t size, uint64_t *done,
			struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	struct http_request request = { .method = "GET", .url = url->data };
	uint64_t arrived;
	int r = registry_send(registry, &request, &response, diag);

	if (r < 0)
		return r;
	if (response.status != 204)
		return registry_refused(registry, &response, "go on with",
					digest, diag);
	arrived = response.range_to ? response.range_to + 1 : 0;
	if (arrived > size)
		return diag_set(diag, -EBADMSG,
				"%s has more of the upload than there is",
				registry->reference->registry);
	*done = arrived;
	return response.location.length
		       ? follow(registry, &response, 204, digest, url, diag)
		       : 0;
}

static int send_chunk(struct registry *registry,
		      const struct registry_upload *upload, struct buf *url,
		      uint64_t *done, struct http_response *response,
		      struct diag *diag)
{
	uint64_t left = upload->size - *done;
	uint64_t length = left < CHUNK_MAX ? left : CHUNK_MAX;
	char type[] = "Content-Type: application/octet-stream";
	char range[80];
	char *headers[] = { type, range, NULL };
	struct progress_of progress = { .upload = upload, .before = *done };
	struct http_request request = {
		.method = "PATCH",
		.url = url->data,
		.headers = headers,
		.body = upload->data ? (const char *)upload->data + *done
				     : NULL,
		.body_fd = upload->fd,
		.body_offset = *done,
		.body_length = length,
		.sent = on_sent,
		.context = &progress,
	};
	int r;

	(void)snprintf(range, sizeof(range),
		       "Content-Range: %" PRIu64 "-%" PRIu64, *done,
		       *done + length - 1);
	r = registry_send_once(registry, &request, response, diag);
	if (r == 0 && response->status == 202) {
		r = follow(registry, response, 202, upload->digest, url, diag);
		if (r == 0)
			*done += length;
	}
	return r;
}

static int send_all(struct registry *registry,
		    const struct registry_upload *upload, struct buf *url,
		    struct diag *diag)
{
	unsigned int attempt = 0;
	uint64_t done = 0;

	while (done < upload->size) {
		CLEANUP_HTTP_RESPONSE struct http_response response =
			HTTP_RESPONSE_INIT;
		uint64_t before = done;
		int r = send_chunk(registry, upload, url, &done, &response,
				   diag);

		if (done > before) {
			attempt = 0;
			continue;
		}
		/* 416: it has less or more of it than we thought. */
		if (response.status == 416 && attempt < REGISTRY_ATTEMPTS)
			attempt++;
		else if (!registry_again(registry, ++attempt, r, &response,
					 diag))
			return r < 0 ? diag_wrap(diag, r, "cannot upload %s",
						 upload->digest)
				     : registry_refused(registry, &response,
							"upload",
							upload->digest, diag);
		r = ask_progress(registry, upload->digest, url, upload->size,
				 &done, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int end_upload(struct registry *registry, const char *digest,
		      struct buf *url, struct diag *diag)
{
	CLEANUP_HTTP_RESPONSE struct http_response response =
		HTTP_RESPONSE_INIT;
	struct http_request request = { .method = "PUT" };
	int r;

	buf_printf(url, "%cdigest=%s", strchr(url->data, '?') ? '&' : '?',
		   digest);
	if (buf_check(url) < 0)
		return diag_oom(diag);
	request.url = url->data;
	r = registry_send_once(registry, &request, &response, diag);
	/* If its answer was lost, it may have been done all the same. */
	if (r < 0 || response.status != 201) {
		CLEANUP_DIAG struct diag ignored = DIAG_INIT;

		if (registry_has_blob(registry, digest, &ignored) == 1)
			return 0;
	}
	if (r < 0)
		return r;
	return response.status == 201
		       ? 0
		       : registry_refused(registry, &response, "upload", digest,
					  diag);
}

int registry_put_blob(struct registry *registry,
		      const struct registry_upload *upload, struct diag *diag)
{
	CLEANUP_BUF struct buf url = BUF_INIT;
	int r = begin_upload(registry, upload->digest, &url, diag);

	if (r == 0)
		r = send_all(registry, upload, &url, diag);
	return r == 0 ? end_upload(registry, upload->digest, &url, diag) : r;
}
