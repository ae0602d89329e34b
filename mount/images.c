#include "mount/images.h"

#include "lib/arriving.h"
#include "lib/fdio.h"
#include "lib/progress.h"
#include "lib/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Everything that fetching one image takes. */
struct fetching {
	const struct images_options *options;
	struct reference reference;
	struct buf text; /* of the reference, in its one form */
	struct progress progress;
	struct pull_options pull_options;
	struct pull pull;
	struct pull_base bases[IMAGES_BASES_MAX];
	size_t base_count;
};

static void fetching_done(struct fetching *fetching)
{
	for (size_t i = 0; i < fetching->base_count; i++)
		pull_base_done(&fetching->bases[i]);
	pull_done(&fetching->pull);
	buf_done(&fetching->text);
	progress_end(&fetching->progress);
}

static void tell_progress(void *context, const char *phase, uint64_t done,
			  uint64_t all)
{
	progress_bytes(context, phase, done, all);
}

static void note(void *context, const char *text)
{
	progress_hold(context);
	(void)fprintf(stderr, "jailmount: warning: %s\n", text);
	progress_release(context);
}

/* --- Blocks that are here ------------------------------------------------- */

static int open_base(const struct image_record *record, struct pull_base *base,
		     struct diag *diag)
{
	CLEANUP_FREE char *path = images_blob_path(record->image, ".sqfs");
	CLEANUP_FREE char *blocks = images_blob_path(record->image, ".blocks");
	CLEANUP_BUF struct buf data = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	int r;

	if (!path || !blocks)
		return diag_oom(diag);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	r = read_file(blocks, BLOCK_INDEX_BYTES_MAX, &data, diag);
	if (r == 0)
		r = block_index_parse(data.data, data.length, &base->index,
				      diag);
	if (r == 0)
		base->fd = steal_fd(&fd);
	return r;
}

/* Older images of this jail. One that cannot be used is left aside: all that
 * it costs is what it would have saved. */
static void find_bases(struct fetching *fetching)
{
	CLEANUP_DIAG struct diag ignored = DIAG_INIT;
	struct image_record *records = NULL;
	size_t count = 0;

	if (images_list(&records, &count, &ignored) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		struct pull_base base = { .fd = -1 };

		if (fetching->base_count < IMAGES_BASES_MAX &&
		    strcmp(records[i].name, fetching->pull.artifact.name) ==
			    0 &&
		    open_base(&records[i], &base, &ignored) == 0)
			fetching->bases[fetching->base_count++] = base;
		image_record_done(&records[i]);
	}
	free(records);
}

/* --- Fetching ------------------------------------------------------------- */

/* What came with it is kept, to fetch the next one with. */
static int keep_index(const char *image, const struct buf *data,
		      struct diag *diag)
{
	CLEANUP_FREE char *path = images_blob_path(image, ".blocks");
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	int r;

	if (!path)
		return diag_oom(diag);
	r = output_begin(&output, path, diag);
	if (r < 0)
		return r;
	r = write_all(output.fd, data->data, data->length);
	if (r < 0)
		return diag_errno(diag, r, "cannot write %s", path);
	return output_commit(&output, 0600, diag);
}

static int fetch_image(struct fetching *fetching, const char *path,
		       struct diag *diag)
{
	CLEANUP_ARRIVING struct arriving arriving = ARRIVING_INIT;
	CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;
	CLEANUP_BUF struct buf data = BUF_INIT;
	struct pull *pull = &fetching->pull;
	const char *digest = pull->artifact.image.digest;
	int r;

	find_bases(fetching);
	r = pull_index(pull, &data, diag);
	if (r == 0 && data.length)
		r = block_index_parse(data.data, data.length, &index, diag);
	if (r == 0)
		r = arriving_begin(&arriving, path, digest, diag);
	if (r == 0)
		r = pull_image(pull, data.length ? &index : NULL,
			       fetching->bases, fetching->base_count,
			       arriving.fd, diag);
	if (r == 0 && data.length)
		r = keep_index(digest, &data, diag);
	return r == 0 ? arriving_commit(&arriving, 0600, diag) : r;
}

static int remember(const struct fetching *fetching, struct diag *diag)
{
	const struct artifact *artifact = &fetching->pull.artifact;
	char manifest[DIGEST_TEXT_SIZE], image[DIGEST_TEXT_SIZE];
	char root_hash[sizeof(artifact->root_hash)], none[] = "";
	const struct image_record record = {
		.reference = fetching->text.data,
		.manifest = strcpy(manifest, fetching->pull.manifest_digest),
		.image = strcpy(image, artifact->image.digest),
		.name = artifact->name,
		.version = artifact->version ? artifact->version : none,
		.root_hash = strcpy(root_hash, artifact->root_hash),
		.size = artifact->image.size,
	};

	return image_record_write(&record, diag);
}

/* Asks, and fetches what is missing. */
static int fetch(struct fetching *fetching, char **ret_path, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int r;

	progress_tell(&fetching->progress, "asking");
	r = pull_begin(&fetching->pull, &fetching->reference,
		       &fetching->pull_options, diag);
	if (r < 0)
		return r;
	path = images_blob_path(fetching->pull.artifact.image.digest, ".sqfs");
	if (!path)
		return diag_oom(diag);
	if (access(path, F_OK) < 0)
		r = fetch_image(fetching, path, diag);
	if (r == 0)
		r = remember(fetching, diag);
	if (r == 0)
		*ret_path = steal_ptr(&path);
	return r;
}

/* What was fetched under this very reference. -ENOENT if nothing was. */
static int find_kept(const struct fetching *fetching, char **ret_path)
{
	CLEANUP(image_record_done) struct image_record record = { 0 };
	CLEANUP_FREE char *path = NULL;
	int r = image_record_read(fetching->text.data, &record, NULL);

	if (r < 0)
		return -ENOENT;
	path = images_blob_path(record.image, ".sqfs");
	if (!path)
		return -ENOMEM;
	if (access(path, F_OK) < 0)
		return -ENOENT;
	*ret_path = steal_ptr(&path);
	return 0;
}

/* Nobody answers, or not sensibly. What the registry says clearly, that there
 * is no such image or that we may not have it, is not passed over. */
static bool is_out_of_reach(int error)
{
	return error == -EIO || error == -EPROTO;
}

static int fetch_or_find(struct fetching *fetching, char **ret_path,
			 struct diag *diag)
{
	int r;

	/* What a digest stands for does not change. */
	if (*fetching->reference.digest && find_kept(fetching, ret_path) == 0)
		return 0;
	r = fetch(fetching, ret_path, diag);
	if (!is_out_of_reach(r) || find_kept(fetching, ret_path) < 0)
		return r;
	note(&fetching->progress, diag && diag->text ? diag->text : "");
	note(&fetching->progress,
	     "the registry is out of reach: what was fetched last has to do");
	diag_done(diag);
	return 0;
}

int images_fetch(const char *reference, const struct images_options *options,
		 char **ret_path, struct diag *diag)
{
	CLEANUP(fetching_done)
	struct fetching fetching = { .options = options };
	CLEANUP_CLOSE int lock = -1;
	int r = reference_parse(reference, &fetching.reference, diag);

	if (r < 0)
		return r;
	reference_put(&fetching.text, &fetching.reference);
	if (buf_check(&fetching.text) < 0)
		return diag_oom(diag);
	r = images_lock(false, &lock, diag);
	if (r < 0)
		return r;
	fetching.pull_options = (struct pull_options){
		.registry = { .ca_file = options->ca_file,
			      .auth_file = options->auth_file,
			      .plain_http = options->plain_http,
			      .note = note,
			      .context = &fetching.progress },
		.progress = tell_progress,
		.context = &fetching.progress,
	};
	progress_begin(&fetching.progress, fetching.text.data);
	r = fetch_or_find(&fetching, ret_path, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", fetching.text.data) : 0;
}
