#include "lib/arriving.h"
#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/pull.h"
#include "lib/show.h"
#include "pack/question.h"
#include "pack/registry_answers.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

static void tell_progress(void *context, const char *phase, uint64_t done,
			  uint64_t all)
{
	progress_bytes(context, phase, done, all);
}

/* FILE, DIRECTORY/NAME.sqfs, or NAME.sqfs. */
static int target_path(const char *output, const char *name, struct buf *path,
		       struct diag *diag)
{
	struct stat status;

	if (!output)
		buf_printf(path, "%s.sqfs", name);
	else if (stat(output, &status) == 0 && S_ISDIR(status.st_mode))
		buf_printf(path, "%s/%s.sqfs", output, name);
	else
		buf_puts(path, output);
	return buf_check(path) < 0 ? diag_oom(diag) : 0;
}

/*
 * An older image, to take blocks from. One that was only met at the target
 * need not be any: whatever is wrong with it, it is of no use then.
 */
static int open_base(const char *path, bool must_be, struct pull_base *base,
		     size_t *count, struct diag *diag)
{
	CLEANUP_SUBJECT struct subject subject = SUBJECT_INIT;
	CLEANUP_DIAG struct diag ignored = DIAG_INIT;
	struct diag *told = must_be ? diag : &ignored;
	int r;

	if (!must_be && !subject_is_image(path))
		return 0;
	r = subject_open(path, false, &subject, told);
	if (r == 0)
		r = image_index(&subject, &base->index, told);
	if (r < 0)
		return must_be ? r : 0;
	base->fd = steal_fd(&subject.fd);
	*count = 1;
	return 0;
}

static int fetch(struct pull *pull, const char *path,
		 const struct registry_how *how, int fd, struct diag *diag)
{
	CLEANUP(pull_base_done) struct pull_base base = { .fd = -1 };
	CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;
	CLEANUP_BUF struct buf data = BUF_INIT;
	size_t base_count = 0;
	int r;

	r = open_base(how->base ? how->base : path, how->base != NULL, &base,
		      &base_count, diag);
	if (r == 0 && base_count)
		r = pull_index(pull, &data, diag);
	if (r == 0 && data.length)
		r = block_index_parse(data.data, data.length, &index, diag);
	return r == 0 ? pull_image(pull, data.length ? &index : NULL, &base,
				   base_count, fd, diag)
		      : r;
}

/* The manifest says who this is; the image itself must say the same. */
static int check_image(const struct pull *pull, const char *path, int fd,
		       struct diag *diag)
{
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	struct image_layout layout;
	int r = image_read_layout(fd, &layout, diag);

	if (r == 0)
		r = image_verify(fd, &layout, true, 0, diag);
	if (r < 0)
		return diag_wrap(diag, r, "what came for %s", path);
	root_hash_format(layout.root_hash, root_hash);
	if (strcmp(root_hash, pull->artifact.root_hash) != 0)
		return diag_set(diag, -EBADMSG,
				"what came for %s has the root hash %s, but "
				"the manifest says %s",
				path, root_hash, pull->artifact.root_hash);
	return 0;
}

static int tell_json(const struct pull *pull, const char *path,
		     struct buf *text, struct diag *diag)
{
	const struct artifact *artifact = &pull->artifact;
	json_t *object = json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I}", "image", path, "name",
		artifact->name, "version",
		artifact->version ? artifact->version : "", "digest",
		pull->manifest_digest, "root_hash", artifact->root_hash, "size",
		(json_int_t)artifact->image.size, "fetched",
		(json_int_t)pull->fetched, "reused", (json_int_t)pull->reused);

	return json_answer(object, text, diag);
}

static int tell(const struct pull *pull, const char *path, bool json,
		struct buf *text, struct diag *diag)
{
	if (json)
		return tell_json(pull, path, text, diag);
	printable_puts(text, path);
	buf_puts(text, ": ");
	show_size(text, pull->fetched);
	buf_puts(text, " of ");
	show_size(text, pull->artifact.image.size);
	buf_printf(text, " fetched\nroot hash %s\n", pull->artifact.root_hash);
	return 0;
}

int pull_answer(const char *reference_text, const struct registry_how *how,
		struct buf *text, struct diag *diag)
{
	CLEANUP_ARRIVING struct arriving arriving = ARRIVING_INIT;
	CLEANUP_PULL struct pull pull = PULL_INIT;
	CLEANUP_BUF struct buf path = BUF_INIT;
	const struct pull_options options = {
		.registry = how->registry,
		.progress = tell_progress,
		.context = how->progress,
	};
	struct reference reference;
	int r = reference_parse(reference_text, &reference, diag);

	if (r == 0) {
		progress_tell(how->progress, "asking");
		r = pull_begin(&pull, &reference, &options, diag);
	}
	if (r == 0)
		r = target_path(how->output, pull.artifact.name, &path, diag);
	if (r == 0)
		r = arriving_begin(&arriving, path.data,
				   pull.artifact.image.digest, diag);
	if (r == 0)
		r = fetch(&pull, path.data, how, arriving.fd, diag);
	if (r == 0) {
		progress_tell(how->progress, "hashing");
		r = check_image(&pull, path.data, arriving.fd, diag);
		/* Nothing to go on from. */
		if (r < 0 && ftruncate(arriving.fd, 0) < 0)
			return diag_errno(diag, -errno, "cannot empty it");
	}
	if (r == 0)
		r = arriving_commit(&arriving, 0644, diag);
	if (r < 0)
		return diag_wrap(diag, r, "%s", reference_text);
	return tell(&pull, path.data, how->json, text, diag);
}
