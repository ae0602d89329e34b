#include "pack/squash.h"

#include "lib/processors.h"
#include "pack/squash_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DEFAULT_BLOCK_SIZE = 128 << 10,
	BLOCK_SIZE_MIN = 4096,
	BLOCK_SIZE_MAX = 1 << 20,
	BACKLOG_PER_THREAD = 10, /* blocks */
	DEVICE_BLOCK_SIZE = 4096,
};

static const struct {
	const char *name;
	SQFS_COMPRESSOR id;
	int level_min, level_max, level_default;
} compressors[] = {
	{ "zstd", SQFS_COMP_ZSTD, SQFS_ZSTD_MIN_LEVEL, SQFS_ZSTD_MAX_LEVEL,
	  15 },
	{ "xz", SQFS_COMP_XZ, SQFS_XZ_MIN_LEVEL, SQFS_XZ_MAX_LEVEL,
	  SQFS_XZ_DEFAULT_LEVEL },
	{ "gzip", SQFS_COMP_GZIP, SQFS_GZIP_MIN_LEVEL, SQFS_GZIP_MAX_LEVEL,
	  SQFS_GZIP_DEFAULT_LEVEL },
	{ "lz4", SQFS_COMP_LZ4, 0, -1, 0 },
};

static int unknown_compressor(struct diag *diag, const char *name)
{
	(void)diag_set(diag, -EINVAL, "%s is not a compressor that is known",
		       name);
	diag_hint(diag, "there are zstd, xz, gzip and lz4");
	return -EINVAL;
}

static uint32_t block_size_of(const struct squash_options *options)
{
	return options->block_size ? options->block_size : DEFAULT_BLOCK_SIZE;
}

int squash_compressor_config(const struct squash_options *options,
			     sqfs_compressor_config_t *ret_config,
			     struct diag *diag)
{
	const char *name = options->compressor ? options->compressor : "zstd";
	int level = options->level;
	size_t i = 0;

	while (i < ARRAY_SIZE(compressors) &&
	       strcmp(compressors[i].name, name) != 0)
		i++;
	if (i == ARRAY_SIZE(compressors))
		return unknown_compressor(diag, name);
	if (level == SQUASH_DEFAULT_LEVEL)
		level = compressors[i].level_default;
	else if (compressors[i].level_max < compressors[i].level_min)
		return diag_set(diag, -EINVAL, "%s has no levels", name);
	else if (level < compressors[i].level_min ||
		 level > compressors[i].level_max)
		return diag_set(diag, -EINVAL,
				"level %d is out of range: %s has %d to %d",
				level, name, compressors[i].level_min,
				compressors[i].level_max);
	if (sqfs_compressor_config_init(ret_config, compressors[i].id,
					block_size_of(options), 0))
		return diag_set(diag, -EINVAL, "%s cannot be configured", name);
	ret_config->level = (sqfs_u32)level;
	return 0;
}

int squash_check_options(const struct squash_options *options,
			 struct diag *diag)
{
	uint32_t block_size = block_size_of(options);
	sqfs_compressor_config_t config;
	sqfs_compressor_t *compressor;
	int r;

	if (block_size < BLOCK_SIZE_MIN || block_size > BLOCK_SIZE_MAX ||
	    (block_size & (block_size - 1)))
		return diag_set(diag, -EINVAL,
				"a block size of %u is not a power of two from "
				"4096 to 1048576",
				block_size);
	r = squash_compressor_config(options, &config, diag);
	if (r < 0)
		return r;
	r = sqfs_compressor_create(&config, &compressor);
	if (r)
		return diag_set(diag, -ENOTSUP,
				"libsquashfs was built without %s",
				sqfs_compressor_name_from_id(config.id));
	sqfs_destroy(compressor);
	return 0;
}

static int add_entry(struct node *node, void *context)
{
	struct squash *squash = context;
	struct squash_entry *entry = &squash->entries[squash->entry_count++];

	entry->node = node;
	node->work = entry;
	if (S_ISREG(node->mode))
		squash->bytes_all += node->size;
	return 0;
}

static int create_compressor(struct squash *squash,
			     const sqfs_compressor_config_t *config)
{
	sqfs_compressor_t *cached;
	int r = sqfs_compressor_create(config, &squash->compressor);

	if (r || !squash->options->cache)
		return r;
	cached = squash_cached_compressor(squash->compressor,
					  squash->options->cache);
	if (!cached)
		return SQFS_ERROR_ALLOC;
	squash->compressor = cached;
	return 0;
}

/* Superblock, compressor options and the thread pool. */
static int start(struct squash *squash)
{
	const struct squash_options *options = squash->options;
	sqfs_block_processor_desc_t description = {
		.size = sizeof(description),
		.max_block_size = squash->block_size,
		.num_workers = options->threads ? options->threads
						: processors_usable(),
		.file = &squash->file.base,
	};
	sqfs_compressor_config_t config;
	int r = squash_compressor_config(options, &config, squash->diag);

	if (r < 0)
		return r;
	r = create_compressor(squash, &config);
	config.flags |= SQFS_COMP_FLAG_UNCOMPRESS;
	if (r == 0)
		r = sqfs_compressor_create(&config, &squash->decompressor);
	if (r == 0)
		r = sqfs_super_init(&squash->super, squash->block_size,
				    options->time, config.id);
	if (r == 0)
		r = sqfs_super_write(&squash->super, &squash->file.base);
	if (r == 0) {
		r = squash->compressor->write_options(squash->compressor,
						      &squash->file.base);
		if (r > 0) {
			squash->super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;
			r = 0;
		}
	}
	if (r)
		return squash_error(squash->diag, r, &squash->file,
				    "cannot begin the file system");
	squash->block_writer = sqfs_block_writer_create(&squash->file.base,
							DEVICE_BLOCK_SIZE, 0);
	squash->fragments = sqfs_frag_table_create(0);
	if (!squash->block_writer || !squash->fragments)
		return diag_oom(squash->diag);
	description.max_backlog = BACKLOG_PER_THREAD * description.num_workers;
	description.cmp = squash->compressor;
	description.uncmp = squash->decompressor;
	description.wr = squash->block_writer;
	description.tbl = squash->fragments;
	r = sqfs_block_processor_create_ex(&description, &squash->processor);
	return r ? squash_error(squash->diag, r, &squash->file,
				"cannot start the compressors")
		 : 0;
}

/* The threads and their blocks go before the metadata needs memory. */
static void stop(struct squash *squash)
{
	sqfs_destroy(squash->processor);
	squash->processor = NULL;
	free(squash->digests.slots);
	squash->digests.slots = NULL;
	free(squash->buffer);
	squash->buffer = NULL;
}

static void finish(struct squash *squash)
{
	stop(squash);
	for (size_t i = 0; i < squash->entry_count; i++) {
		free(squash->entries[i].inode);
		squash->entries[i].node->work = NULL;
	}
	free(squash->entries);
	sqfs_destroy(squash->entry_writer);
	sqfs_destroy(squash->directory_writer);
	sqfs_destroy(squash->inode_writer);
	sqfs_destroy(squash->ids);
	sqfs_destroy(squash->fragments);
	sqfs_destroy(squash->block_writer);
	sqfs_destroy(squash->decompressor);
	sqfs_destroy(squash->compressor);
}

int squash_write(const struct tree *tree, const struct squash_options *options,
		 int fd, uint64_t *ret_length, struct diag *diag)
{
	struct squash squash = {
		.tree = tree,
		.options = options,
		.block_size = block_size_of(options),
		.diag = diag,
	};
	int r;

	squash_file_init(&squash.file, fd, 0);
	squash.entries = calloc(tree->node_count, sizeof(*squash.entries));
	if (!squash.entries)
		return diag_oom(diag);
	(void)tree_walk(tree, add_entry, &squash);
	r = start(&squash);
	if (r == 0)
		r = squash_write_data(&squash);
	stop(&squash);
	if (r == 0)
		r = squash_write_metadata(&squash);
	if (r == 0)
		*ret_length = squash.super.bytes_used;
	finish(&squash);
	return r;
}
