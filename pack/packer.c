#include "pack/packer.h"

#include "lib/image.h"
#include "lib/path.h"
#include "lib/printable.h"
#include "lib/progress.h"
#include "lib/show.h"
#include "pack/block_cache.h"
#include "pack/cache_directory.h"
#include "pack/check.h"
#include "pack/dry_run.h"
#include "pack/gather.h"
#include "pack/interrupt.h"
#include "pack/output_path.h"
#include "pack/recipe.h"
#include "pack/recipe_source.h"
#include "pack/seal.h"
#include "pack/sign.h"
#include "pack/source_date.h"
#include "pack/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>

/* --- What holds for every recipe --- */

static struct squash_options squash_options(const struct packer *packer)
{
	const struct options *options = packer->options;

	return (struct squash_options){
		.compressor = options->compressor,
		.level = options->level == OPTIONS_NO_LEVEL
				 ? SQUASH_DEFAULT_LEVEL
				 : (int)options->level,
		.block_size = (uint32_t)options->block_size,
		.threads = (unsigned int)options->threads,
		.time = packer->time,
	};
}

/* The installed recipes, and those of the checkout that we were built in. */
static int include_path(char ***ret_path, struct diag *diag)
{
	char program[4096];
	ssize_t length =
		readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length > 0) {
		CLEANUP_FREE char *directory = NULL;
		CLEANUP_FREE char *recipes = NULL;

		program[length] = '\0';
		directory = path_parent(program);
		recipes = directory ? path_join(directory, "../recipes") : NULL;
		if (!recipes || strv_append(ret_path, recipes) < 0)
			return diag_oom(diag);
	}
	return strv_append(ret_path, JAIL_RECIPE_DIR) < 0 ? diag_oom(diag) : 0;
}

int packer_init(struct packer *packer, const struct options *options,
		struct diag *diag)
{
	struct squash_options squash;
	bool dated;
	int r;

	*packer = (struct packer){ .options = options };
	squash = squash_options(packer);
	r = squash_check_options(&squash, diag);
	if (r == 0 && options->output && options->word_count > 1 &&
	    !is_directory(options->output))
		r = diag_set(diag, -EINVAL,
			     "%s is not a directory, and one file cannot hold "
			     "the images of %zu recipes",
			     options->output, options->word_count);
	if (r == 0 && options->lock && options->dry_run)
		r = diag_set(diag, -EINVAL,
			     "--lock writes a file, and --dry-run writes none");
	if (r == 0)
		r = source_date(&packer->time, &dated, diag);
	if (r == 0)
		r = include_path(&packer->include_path, diag);
	if (r == 0)
		r = sign_open(options, &packer->signer, diag);
	return r;
}

void packer_done(struct packer *packer)
{
	strv_free(packer->include_path);
	packer->include_path = NULL;
	signer_close(packer->signer);
	packer->signer = NULL;
}

/* --- One recipe --- */

struct job {
	const struct packer *packer;
	const char *recipe_path;
	struct progress progress;
	struct interrupt interrupt;
	uint64_t score; /* of a check */
};

static void gather_progress(void *context, const char *text)
{
	struct job *job = context;

	progress_tell(&job->progress, "%s", text);
}

static void gather_warn(void *context, const char *text)
{
	struct job *job = context;

	progress_hold(&job->progress);
	job->packer->warn(job->packer->context, text);
	progress_release(&job->progress);
}

static int squash_progress(void *context, uint64_t done, uint64_t all)
{
	struct job *job = context;

	progress_bytes(&job->progress, "packing", done, all);
	return interrupt_check(&job->interrupt);
}

/* An image given for a recipe is the likeliest mistake. */
static int refuse_image(const char *path, struct diag *diag)
{
	if (!subject_is_image(path))
		return 0;
	(void)diag_set(diag, -EINVAL, "%s is an image, not a recipe", path);
	diag_hint(diag,
		  "jailpack --help lists what can be asked about an image");
	return -EINVAL;
}

static int read_recipe(const struct packer *packer, const char *path,
		       struct recipe **ret_recipe, struct diag *diag)
{
	const struct recipe_options options = {
		.definitions = packer->options->definitions,
		.include_path = packer->include_path,
	};
	struct recipe *recipe = NULL;
	int r = refuse_image(path, diag);

	if (r == 0)
		r = recipe_read(path, &options, &recipe, diag);
	if (r == 0 && packer->options->source)
		r = recipe_set_source(recipe, packer->options->source, diag);
	if (r < 0) {
		recipe_free(recipe);
		return r;
	}
	*ret_recipe = recipe;
	return 0;
}

static void warn_of_cache(struct job *job, const struct diag *trouble)
{
	CLEANUP_FREE char *text = NULL;

	if (asprintf(&text, "the cache of compressed blocks: %s",
		     trouble->text ? trouble->text : "out of memory") < 0)
		text = NULL;
	gather_warn(job, text ? text : "out of memory");
}

/* NULL where there can be none: that only costs time. Without a place for it
 * nothing is wrong. */
static struct block_cache *open_block_cache(struct job *job)
{
	const struct options *options = job->packer->options;
	CLEANUP_CACHE_DIRECTORY struct cache_directory directory =
		CACHE_DIRECTORY_INIT;
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	CLEANUP_FREE char *path = NULL;
	struct block_cache *cache = NULL;
	int r;

	if (options->no_cache)
		return NULL;
	if (!options->cache) {
		r = cache_directory_default(&path, NULL);
		if (r == -ENOENT)
			return NULL;
		free(steal_ptr(&path));
	}
	r = cache_directory_open(options->cache, &directory, &diag);
	if (r == 0) {
		path = path_join(directory.path, "blocks");
		r = path ? 0 : diag_oom(&diag);
	}
	if (r == 0)
		r = block_cache_open(path,
				     options->cache_size
					     ? options->cache_size
					     : BLOCK_CACHE_BOUND_DEFAULT,
				     &cache, &diag);
	if (r < 0)
		warn_of_cache(job, &diag);
	return cache;
}

static struct block_cache_counts close_block_cache(struct job *job,
						   struct block_cache *cache)
{
	struct block_cache_counts counts = { 0 };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;

	if (cache)
		counts = block_cache_counts(cache);
	if (block_cache_close(cache, &diag) < 0)
		warn_of_cache(job, &diag);
	return counts;
}

static int seal(struct job *job, const struct gathered *gathered,
		struct buf *text, struct diag *diag)
{
	const struct packer *packer = job->packer;
	CLEANUP_FREE char *path = output_path(packer->options->output,
					      gathered->config.name, ".sqfs");
	struct seal_options options = { .squash = squash_options(packer),
					.path = path,
					.signer = packer->signer };
	struct summary summary = { .path = path,
				   .tree = gathered->tree,
				   .config = &gathered->config };
	int r;

	if (!path)
		return diag_oom(diag);
	options.phase = gather_progress;
	options.context = job;
	options.squash.progress = squash_progress;
	options.squash.context = job;
	options.squash.cache = open_block_cache(job);
	interrupt_hold(&job->interrupt);
	r = seal_image(gathered->tree, &gathered->config, &options,
		       &summary.layout, diag);
	progress_end(&job->progress);
	summary.blocks = close_block_cache(job, options.squash.cache);
	interrupt_release(&job->interrupt);
	return r < 0 ? r
		     : summary_write(&summary, packer->options->json, text,
				     diag);
}

/* What is done with what a recipe came to. */
typedef int (*job_step)(struct job *job, const struct gathered *gathered,
			struct buf *text, struct diag *diag);

static int gather_and(struct job *job, job_step step, struct buf *text,
		      struct diag *diag)
{
	const struct packer *packer = job->packer;
	CLEANUP_LOCKING struct locking locking = LOCKING_INIT;
	const struct gather_options options = {
		.cache = packer->options->cache,
		.locking = &locking,
		.refresh = packer->options->refresh,
		.force = packer->options->force,
		.progress = gather_progress,
		.warn = gather_warn,
		.context = job,
	};
	struct gathered gathered = { 0 };
	struct recipe *recipe = NULL;
	int r;

	progress_begin(&job->progress, job->recipe_path);
	r = read_recipe(packer, job->recipe_path, &recipe, diag);
	if (r == 0)
		r = locking_open(job->recipe_path, packer->options->lock,
				 &locking, diag);
	if (r == 0)
		r = gather(recipe, &options, &gathered, diag);
	if (r == 0)
		r = step(job, &gathered, text, diag);
	if (r == 0 && locking.renew)
		r = locking_write(&locking, diag);
	progress_end(&job->progress);
	gathered_done(&gathered);
	recipe_free(recipe);
	return r;
}

static int dry_run(struct job *job, const struct gathered *gathered,
		   struct buf *text, struct diag *diag)
{
	return dry_run_answer(gathered->tree, job->packer->options->json, text,
			      diag);
}

static int check(struct job *job, const struct gathered *gathered,
		 struct buf *text, struct diag *diag)
{
	progress_tell(&job->progress, "checking");
	return check_tree(job->recipe_path, gathered->tree, &gathered->config,
			  job->packer->options->json, text, &job->score, diag);
}

int packer_run(const struct packer *packer, const char *recipe_path,
	       struct buf *text, struct diag *diag)
{
	struct job job = { .packer = packer, .recipe_path = recipe_path };

	return gather_and(&job, packer->options->dry_run ? dry_run : seal, text,
			  diag);
}

int packer_check(const struct packer *packer, const char *recipe_path,
		 struct buf *text, uint64_t *ret_score, struct diag *diag)
{
	struct job job = { .packer = packer, .recipe_path = recipe_path };
	int r = gather_and(&job, check, text, diag);

	*ret_score = job.score;
	return r;
}
