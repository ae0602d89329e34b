#include "lib/pull.h"

#include "lib/fdio.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_SIZE = 128 << 10 };

void pull_base_done(struct pull_base *base)
{
	close_fd(&base->fd);
	block_index_done(&base->index);
}

int pull_begin(struct pull *pull, const struct reference *reference,
	       const struct pull_options *options, struct diag *diag)
{
	CLEANUP_BUF struct buf manifest = BUF_INIT;
	const char *name =
		*reference->digest ? reference->digest : reference->tag;
	int r;

	*pull = (struct pull){ .options = options };
	r = registry_open(reference, &options->registry, &pull->registry, diag);
	if (r == 0)
		r = registry_get_manifest(pull->registry, name, &manifest,
					  pull->manifest_digest, diag);
	if (r == 0)
		r = artifact_parse(manifest.data, manifest.length,
				   &pull->artifact, diag);
	return r;
}

void pull_done(struct pull *pull)
{
	registry_close(steal_ptr(&pull->registry));
	artifact_done(&pull->artifact);
}

/* --- Small blobs ---------------------------------------------------------- */

static int take_small(void *context, const void *data, size_t length)
{
	buf_append(context, data, length);
	return buf_check(context);
}

static int small_blob(struct pull *pull, const struct artifact_blob *blob,
		      struct buf *ret_data, struct diag *diag)
{
	CLEANUP_BUF struct buf data = BUF_INIT;
	const struct registry_blob wanted = {
		.digest = blob->digest,
		.size = blob->size,
		.length = blob->size,
		.take = take_small,
		.context = &data,
	};
	uint8_t digest[SHA256_SIZE], stated[SHA256_SIZE];
	int r;

	if (blob->size == 0)
		return 0;
	r = registry_get_blob(pull->registry, &wanted, diag);
	if (r < 0)
		return r;
	pull->fetched += data.length;
	sha256_digest(data.data, data.length, digest);
	if (digest_parse(blob->digest, stated) < 0 ||
	    memcmp(digest, stated, sizeof(digest)) != 0)
		return diag_set(diag, -EBADMSG,
				"what came for %s is something else",
				blob->digest);
	buf_append(ret_data, data.data, data.length);
	return buf_check(ret_data) < 0 ? diag_oom(diag) : 0;
}

int pull_index(struct pull *pull, struct buf *ret_data, struct diag *diag)
{
	return small_blob(pull, &pull->artifact.index, ret_data, diag);
}

int pull_config(struct pull *pull, struct buf *ret_data, struct diag *diag)
{
	return small_blob(pull, &pull->artifact.config, ret_data, diag);
}

/* --- The image ------------------------------------------------------------ */

/* What arrives goes to the end of what there is. */
struct arrival {
	struct pull *pull;
	int fd;
	uint64_t offset;
	uint64_t expected; /* of the progress */
	uint64_t *done;
};

static int take_arrival(void *context, const void *data, size_t length)
{
	struct arrival *arrival = context;
	const struct pull_options *options = arrival->pull->options;
	int r = pwrite_all(arrival->fd, data, length, arrival->offset);

	if (r < 0)
		return r;
	arrival->offset += length;
	arrival->pull->fetched += length;
	*arrival->done += length;
	if (options->progress)
		options->progress(options->context, "fetching", *arrival->done,
				  arrival->expected);
	return 0;
}

static int fetch_rest(struct pull *pull, uint64_t have, int fd,
		      struct diag *diag)
{
	const struct artifact_blob *image = &pull->artifact.image;
	uint64_t done = have;
	struct arrival arrival = { .pull = pull,
				   .fd = fd,
				   .offset = have,
				   .expected = image->size,
				   .done = &done };
	struct registry_blob blob = {
		.digest = image->digest,
		.size = image->size,
		.from = have,
		.length = image->size - have,
		.take = take_arrival,
		.context = &arrival,
	};
	int r;

	if (blob.length == 0)
		return 0;
	r = registry_get_blob(pull->registry, &blob, diag);
	if (r != -EOPNOTSUPP || have == 0)
		return r;
	/* It cannot go on: once more, from the start. */
	diag_done(diag);
	arrival.offset = done = blob.from = 0;
	blob.length = image->size;
	return registry_get_blob(pull->registry, &blob, diag);
}

/* Does the file have the digest and the length that the manifest says? */
static int check_whole(const struct artifact_blob *image, int fd,
		       struct diag *diag)
{
	CLEANUP_FREE uint8_t *buffer = malloc(READ_SIZE);
	uint8_t digest[SHA256_SIZE], stated[SHA256_SIZE];
	struct sha256 hash;

	if (!buffer)
		return diag_oom(diag);
	sha256_init(&hash);
	for (uint64_t done = 0; done < image->size;) {
		uint64_t left = image->size - done;
		size_t length = left < READ_SIZE ? (size_t)left : READ_SIZE;
		int r = pread_all(fd, buffer, length, done);

		if (r < 0)
			return diag_errno(diag, r, "cannot read what came");
		sha256_update(&hash, buffer, length);
		done += length;
	}
	sha256_final(&hash, digest);
	if (digest_parse(image->digest, stated) < 0 ||
	    memcmp(digest, stated, sizeof(digest)) != 0)
		return diag_set(diag, -EBADMSG,
				"what came is not %s, as the manifest says",
				image->digest);
	return 0;
}

/* Whole, perhaps from where an earlier attempt broke off. */
static int pull_whole(struct pull *pull, int fd, struct diag *diag)
{
	const struct artifact_blob *image = &pull->artifact.image;
	struct stat status;
	uint64_t have;
	int r;

	if (fstat(fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at what there is");
	have = (uint64_t)status.st_size;
	if (have > image->size)
		have = 0;
	r = fetch_rest(pull, have, fd, diag);
	if (r == 0 && ftruncate(fd, (off_t)image->size) < 0)
		r = diag_errno(diag, -errno, "cannot write it");
	if (r < 0)
		return r;
	r = check_whole(image, fd, diag);
	if (r != -EBADMSG)
		return r;
	if (ftruncate(fd, 0) < 0)
		return diag_errno(diag, -errno, "cannot empty it");
	if (have == 0)
		return r;
	/* The beginning may have been another's. */
	diag_done(diag);
	r = fetch_rest(pull, 0, fd, diag);
	if (r == 0)
		r = check_whole(image, fd, diag);
	if (r == -EBADMSG && ftruncate(fd, 0) < 0)
		return diag_errno(diag, -errno, "cannot empty it");
	return r;
}

struct delta {
	struct pull *pull;
	uint64_t expected, done;
};

static int fetch_range(void *context, int fd, uint64_t offset, uint64_t length,
		       struct diag *diag)
{
	struct delta *delta = context;
	const struct artifact_blob *image = &delta->pull->artifact.image;
	struct arrival arrival = { .pull = delta->pull,
				   .fd = fd,
				   .offset = offset,
				   .expected = delta->expected,
				   .done = &delta->done };
	const struct registry_blob blob = {
		.digest = image->digest,
		.size = image->size,
		.from = offset,
		.length = length,
		.take = take_arrival,
		.context = &arrival,
	};

	return registry_get_blob(delta->pull->registry, &blob, diag);
}

/* 0 with the file complete, or 1 if it is to be fetched whole. */
static int pull_delta(struct pull *pull, const struct block_index *index,
		      const struct pull_base *bases, size_t base_count, int fd,
		      struct diag *diag)
{
	struct delta delta = { .pull = pull, .expected = index->file_length };
	const struct pull_source source = { .fetch = fetch_range,
					    .context = &delta };
	uint64_t reused = 0;
	int r;

	if (ftruncate(fd, 0) < 0)
		return diag_errno(diag, -errno, "cannot empty it");
	r = pull_assemble(index, bases, base_count, &source, fd, &reused, diag);
	if (r == 0)
		r = check_whole(&pull->artifact.image, fd, diag);
	if (r == 0) {
		pull->reused = reused;
		return 0;
	}
	/* What lies there now has holes: nothing to go on from. */
	if (ftruncate(fd, 0) < 0)
		return diag_errno(diag, -errno, "cannot empty it");
	if (r != -EOPNOTSUPP && r != -EBADMSG)
		return r;
	diag_done(diag);
	return 1;
}

int pull_image(struct pull *pull, const struct block_index *index,
	       const struct pull_base *bases, size_t base_count, int fd,
	       struct diag *diag)
{
	int r = 1;

	if (index && base_count &&
	    index->file_length == pull->artifact.image.size)
		r = pull_delta(pull, index, bases, base_count, fd, diag);
	return r == 1 ? pull_whole(pull, fd, diag) : r;
}
