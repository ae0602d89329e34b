#include "lib/artifact.h"
#include "lib/block_index.h"
#include "lib/fdio.h"
#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/sha256.h"
#include "lib/show.h"
#include "pack/question.h"
#include "pack/registry_answers.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { READ_SIZE = 128 << 10 };

int image_index(const struct subject *subject, struct block_index *ret_index,
		struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	CLEANUP_FREE struct block_index_range *ranges = NULL;
	size_t count = 0;
	int r = subject_reader(subject, &reader, diag);

	if (r == 0)
		r = squash_reader_ranges(reader, &ranges, &count, diag);
	if (r == 0)
		r = block_index_make(subject->fd, &subject->layout, ranges,
				     count, ret_index, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", subject->name) : 0;
}

/* What goes up, and the manifest that tells of it. */
struct pushing {
	const struct subject *subject;
	struct registry *registry;
	const struct registry_how *how;
	struct artifact artifact;
	struct buf config, index, signature, manifest;
	char manifest_digest[DIGEST_TEXT_SIZE];
	uint64_t sent; /* bytes that the registry did not have */
};

static void pushing_done(struct pushing *pushing)
{
	registry_close(pushing->registry);
	artifact_done(&pushing->artifact);
	buf_done(&pushing->config);
	buf_done(&pushing->index);
	buf_done(&pushing->signature);
	buf_done(&pushing->manifest);
}

static void describe_data(const struct buf *data, struct artifact_blob *blob)
{
	uint8_t digest[SHA256_SIZE];

	sha256_digest(data->data, data->length, digest);
	digest_format(digest, blob->digest);
	blob->size = data->length;
}

static int describe_image(const struct subject *subject,
			  struct artifact_blob *blob, struct diag *diag)
{
	CLEANUP_FREE uint8_t *buffer = malloc(READ_SIZE);
	uint64_t size = subject->layout.file_length;
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;

	if (!buffer)
		return diag_oom(diag);
	sha256_init(&hash);
	for (uint64_t done = 0; done < size;) {
		size_t length = size - done < READ_SIZE ? (size_t)(size - done)
							: READ_SIZE;
		int r = pread_all(subject->fd, buffer, length, done);

		if (r < 0)
			return diag_errno(diag, r, "cannot read %s",
					  subject->name);
		sha256_update(&hash, buffer, length);
		done += length;
	}
	sha256_final(&hash, digest);
	digest_format(digest, blob->digest);
	blob->size = size;
	return 0;
}

static int name_it(struct pushing *pushing, struct diag *diag)
{
	CLEANUP_CONFIG struct config config = CONFIG_INIT;
	struct artifact *artifact = &pushing->artifact;
	int r = subject_config(pushing->subject, &config, diag);

	if (r < 0)
		return r;
	artifact->name = steal_ptr(&config.name);
	artifact->version = steal_ptr(&config.version);
	root_hash_format(pushing->subject->layout.root_hash,
			 artifact->root_hash);
	return image_read_contract(pushing->subject->fd,
				   &pushing->subject->layout, &pushing->config,
				   diag);
}

static int describe(struct pushing *pushing, struct diag *diag)
{
	CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;
	struct artifact *artifact = &pushing->artifact;
	int r = name_it(pushing, diag);

	if (r == 0)
		r = describe_image(pushing->subject, &artifact->image, diag);
	if (r == 0)
		r = image_index(pushing->subject, &index, diag);
	if (r == 0 && block_index_write(&index, &pushing->index) < 0)
		r = diag_oom(diag);
	if (r == 0)
		r = image_read_signature(pushing->subject->fd,
					 &pushing->subject->layout,
					 &pushing->signature, diag);
	if (r < 0)
		return r;
	describe_data(&pushing->config, &artifact->config);
	describe_data(&pushing->index, &artifact->index);
	if (pushing->signature.length)
		describe_data(&pushing->signature, &artifact->signature);
	r = artifact_write(artifact, &pushing->manifest, diag);
	if (r == 0) {
		struct artifact_blob manifest;

		describe_data(&pushing->manifest, &manifest);
		memcpy(pushing->manifest_digest, manifest.digest,
		       sizeof(pushing->manifest_digest));
	}
	return r;
}

static void tell_sent(void *context, uint64_t bytes)
{
	const struct pushing *pushing = context;

	progress_bytes(pushing->how->progress, "sending", bytes,
		       pushing->artifact.image.size);
}

static int send_blob(struct pushing *pushing, const struct artifact_blob *blob,
		     const struct buf *data, struct diag *diag)
{
	const struct registry_upload upload = {
		.digest = blob->digest,
		.data = data ? data->data : NULL,
		.fd = pushing->subject->fd,
		.size = blob->size,
		.sent = data ? NULL : tell_sent,
		.context = pushing,
	};
	int r;

	if (blob->size == 0)
		return 0;
	r = registry_has_blob(pushing->registry, blob->digest, diag);
	if (r == 0) {
		r = registry_put_blob(pushing->registry, &upload, diag);
		pushing->sent += blob->size;
	}
	return r < 0 ? r : 0;
}

static int send_all(struct pushing *pushing, const struct reference *reference,
		    struct diag *diag)
{
	const struct artifact *artifact = &pushing->artifact;
	int r = registry_open(reference, &pushing->how->registry,
			      &pushing->registry, diag);

	/* The manifest last: what a tag leads to is always whole. */
	if (r == 0)
		r = send_blob(pushing, &artifact->image, NULL, diag);
	if (r == 0)
		r = send_blob(pushing, &artifact->index, &pushing->index, diag);
	if (r == 0)
		r = send_blob(pushing, &artifact->signature,
			      &pushing->signature, diag);
	if (r == 0)
		r = send_blob(pushing, &artifact->config, &pushing->config,
			      diag);
	if (r == 0)
		r = registry_put_manifest(
			pushing->registry,
			*reference->tag ? reference->tag
					: pushing->manifest_digest,
			ARTIFACT_MANIFEST_TYPE, &pushing->manifest, diag);
	return r;
}

static int tell(const struct pushing *pushing, const struct reference *where,
		struct buf *text, struct diag *diag)
{
	CLEANUP_BUF struct buf place = BUF_INIT;
	json_t *object;

	reference_put(&place, where);
	if (buf_check(&place) < 0)
		return diag_oom(diag);
	if (!pushing->how->json) {
		printable_puts(text, pushing->subject->name);
		buf_printf(text, ": %s: ", place.data);
		show_size(text, pushing->sent);
		buf_puts(text, " of ");
		show_size(text, pushing->artifact.image.size);
		buf_printf(text, " sent\ndigest %s\n",
			   pushing->manifest_digest);
		return 0;
	}
	object = json_pack("{s:s,s:s,s:s,s:I,s:I}", "reference", place.data,
			   "digest", pushing->manifest_digest, "root_hash",
			   pushing->artifact.root_hash, "size",
			   (json_int_t)pushing->artifact.image.size, "sent",
			   (json_int_t)pushing->sent);
	return json_answer(object, text, diag);
}

int push_answer(const char *image, const char *reference_text,
		const struct registry_how *how, struct buf *text,
		struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	CLEANUP(pushing_done)
	struct pushing pushing = { .subject = &subject, .how = how };
	struct reference reference;
	int r = reference_parse(reference_text, &reference, diag);

	if (r == 0 && *reference.digest) {
		(void)diag_set(diag, -EINVAL,
			       "%s: what is pushed gets its digest from its "
			       "content",
			       reference_text);
		diag_hint(diag, "leave out what stands behind the @");
		return -EINVAL;
	}
	if (r == 0) {
		progress_tell(how->progress, "hashing");
		r = subject_open(image, true, &subject, diag);
	}
	if (r == 0)
		r = describe(&pushing, diag);
	if (r == 0) {
		progress_tell(how->progress, "asking");
		r = send_all(&pushing, &reference, diag);
	}
	return r == 0 ? tell(&pushing, &reference, text, diag) : r;
}
