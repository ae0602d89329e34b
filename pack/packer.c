#include "pack/packer.h"

#include "lib/image.h"
#include "lib/path.h"
#include "lib/printable.h"
#include "pack/check.h"
#include "pack/dry_run.h"
#include "pack/gather.h"
#include "pack/interrupt.h"
#include "pack/progress.h"
#include "pack/recipe.h"
#include "pack/recipe_source.h"
#include "pack/seal.h"
#include "pack/show.h"
#include "pack/source_date.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

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

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
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
	if (r == 0)
		r = source_date(&packer->time, &dated, diag);
	if (r == 0)
		r = include_path(&packer->include_path, diag);
	return r;
}

void packer_done(struct packer *packer)
{
	strv_free(packer->include_path);
	packer->include_path = NULL;
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

	progress_tell(&job->progress, "%s: %s", job->recipe_path, text);
}

static void gather_warn(void *context, const char *text)
{
	struct job *job = context;

	progress_clear(&job->progress);
	job->packer->warn(job->packer->context, text);
}

static int squash_progress(void *context, uint64_t done, uint64_t all)
{
	struct job *job = context;

	progress_tell(&job->progress, "%s: packing, %" PRIu64 " %%",
		      job->recipe_path, all ? done * 100 / all : 100);
	return interrupt_check(&job->interrupt);
}

/* An image given for a recipe is the likeliest mistake. */
static int refuse_image(const char *path, struct diag *diag)
{
	if (!subject_is_image(path))
		return 0;
	(void)diag_set(diag, -EINVAL, "%s is an image, not a recipe", path);
	diag_hint(diag,
		  "--list, --inspect, --why and --verify ask about an image");
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

/* Where the image of that name goes; the caller frees it. */
static char *output_path(const struct options *options, const char *name)
{
	const char *output = options->output;
	const char *slash = "";
	char *path;

	if (output && !is_directory(output) &&
	    output[strlen(output) - 1] != '/')
		return strdup(output);
	if (!output)
		output = "";
	else if (output[strlen(output) - 1] != '/')
		slash = "/";
	return asprintf(&path, "%s%s%s.sqfs", output, slash, name) < 0 ? NULL
								       : path;
}

struct totals {
	uint64_t files, bytes;
};

static int count_node(struct node *node, void *context)
{
	struct totals *totals = context;

	if (S_ISREG(node->mode)) {
		totals->files++;
		totals->bytes += node->size;
	}
	return 0;
}

static int summarize(const struct job *job, const struct gathered *gathered,
		     const char *path, const struct image_layout *layout,
		     struct buf *text, struct diag *diag)
{
	char root_hash[2 * HASHTREE_DIGEST_SIZE + 1];
	struct totals totals = { 0 };
	json_t *object;
	char *dump;

	(void)tree_walk(gathered->tree, count_node, &totals);
	root_hash_format(layout->root_hash, root_hash);
	if (!job->packer->options->json) {
		printable_puts(text, path);
		buf_printf(text, ": %" PRIu64 " files, ", totals.files);
		show_size(text, totals.bytes);
		buf_puts(text, " in ");
		show_size(text, layout->file_length);
		buf_printf(text, "\nroot hash %s\n", root_hash);
		return 0;
	}
	object = json_pack(
		"{s:s,s:s,s:s,s:I,s:I,s:I,s:s}", "image", path, "name",
		gathered->config.name, "version",
		gathered->config.version ? gathered->config.version : "",
		"files", (json_int_t)totals.files, "bytes",
		(json_int_t)totals.bytes, "length",
		(json_int_t)layout->file_length, "root_hash", root_hash);
	dump = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
	json_decref(object);
	if (!dump)
		return diag_oom(diag);
	buf_printf(text, "%s\n", dump);
	free(dump);
	return 0;
}

static int seal(struct job *job, const struct gathered *gathered,
		struct buf *text, struct diag *diag)
{
	const struct packer *packer = job->packer;
	CLEANUP_FREE char *path =
		output_path(packer->options, gathered->config.name);
	struct seal_options options = { .squash = squash_options(packer),
					.path = path };
	struct image_layout layout;
	int r;

	if (!path)
		return diag_oom(diag);
	options.squash.progress = squash_progress;
	options.squash.context = job;
	interrupt_hold(&job->interrupt);
	r = seal_image(gathered->tree, &gathered->config, &options, &layout,
		       diag);
	progress_clear(&job->progress);
	interrupt_release(&job->interrupt);
	if (r < 0)
		return r;
	return summarize(job, gathered, path, &layout, text, diag);
}

/* What is done with what a recipe came to. */
typedef int (*job_step)(struct job *job, const struct gathered *gathered,
			struct buf *text, struct diag *diag);

static int gather_and(struct job *job, job_step step, struct buf *text,
		      struct diag *diag)
{
	const struct packer *packer = job->packer;
	const struct gather_options options = {
		.cache = packer->options->cache,
		.refresh = packer->options->refresh,
		.force = packer->options->force,
		.progress = gather_progress,
		.warn = gather_warn,
		.context = job,
	};
	struct gathered gathered = { 0 };
	struct recipe *recipe = NULL;
	int r;

	progress_begin(&job->progress);
	r = read_recipe(packer, job->recipe_path, &recipe, diag);
	if (r < 0)
		return r;
	r = gather(recipe, &options, &gathered, diag);
	progress_clear(&job->progress);
	if (r == 0)
		r = step(job, &gathered, text, diag);
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
