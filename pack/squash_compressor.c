#include "lib/le.h"
#include "lib/sha256.h"
#include "pack/block_cache.h"
#include "pack/compressor_code.h"
#include "pack/squash_internal.h"

#include <string.h>

/*
 * A compressor that asks the block cache first. The library copies it for each
 * of its threads; the copies share the cache and have a compressor of their
 * own behind them.
 *
 * A block's key is the SHA-256 of a digest of the settings, the code that
 * compresses included, and of the block.
 */

struct cached_compressor {
	sqfs_compressor_t base;
	sqfs_compressor_t *behind;
	struct block_cache *cache;
	uint8_t settings[SHA256_SIZE];
};

static const char *const library_names[] = {
	[SQFS_COMP_GZIP] = "libz",   [SQFS_COMP_LZMA] = "liblzma",
	[SQFS_COMP_LZO] = "liblzo2", [SQFS_COMP_XZ] = "liblzma",
	[SQFS_COMP_LZ4] = "liblz4",  [SQFS_COMP_ZSTD] = "libzstd",
};

static void digest_settings(const sqfs_compressor_config_t *config,
			    uint8_t ret_digest[SHA256_SIZE])
{
	uint8_t code[SHA256_SIZE], numbers[12];
	struct sha256 hash;

	compressor_code_digest(library_names[config->id], code);
	le16_put(numbers, config->id);
	le16_put(numbers + 2, config->flags);
	le32_put(numbers + 4, config->block_size);
	le32_put(numbers + 8, config->level);
	sha256_init(&hash);
	sha256_update(&hash, code, sizeof(code));
	sha256_update(&hash, numbers, sizeof(numbers));
	/* Each compressor's own, as its library has set them. */
	sha256_update(&hash, &config->opt, sizeof(config->opt));
	sha256_final(&hash, ret_digest);
}

static void make_key(const struct cached_compressor *compressor,
		     const uint8_t *block, size_t size,
		     uint8_t ret_key[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_init(&hash);
	sha256_update(&hash, compressor->settings, SHA256_SIZE);
	sha256_update(&hash, block, size);
	sha256_final(&hash, ret_key);
}

static sqfs_s32 do_block(sqfs_compressor_t *base, const sqfs_u8 *in,
			 sqfs_u32 size, sqfs_u8 *out, sqfs_u32 outsize)
{
	struct cached_compressor *compressor = (struct cached_compressor *)base;
	uint8_t key[SHA256_SIZE];
	size_t length;
	sqfs_s32 r;

	/* With less room than that, the result depends on the room too. */
	if (outsize < size || size == 0)
		return compressor->behind->do_block(compressor->behind, in,
						    size, out, outsize);
	make_key(compressor, in, size, key);
	if (block_cache_get(compressor->cache, key, out, outsize, &length))
		return (sqfs_s32)length;
	r = compressor->behind->do_block(compressor->behind, in, size, out,
					 outsize);
	if (r >= 0)
		block_cache_put(compressor->cache, key, out, (size_t)r);
	return r;
}

/* --- What is passed on --- */

static void get_configuration(const sqfs_compressor_t *base,
			      sqfs_compressor_config_t *config)
{
	const struct cached_compressor *compressor =
		(const struct cached_compressor *)base;

	compressor->behind->get_configuration(compressor->behind, config);
}

static int write_options(sqfs_compressor_t *base, sqfs_file_t *file)
{
	struct cached_compressor *compressor = (struct cached_compressor *)base;

	return compressor->behind->write_options(compressor->behind, file);
}

static int read_options(sqfs_compressor_t *base, sqfs_file_t *file)
{
	struct cached_compressor *compressor = (struct cached_compressor *)base;

	return compressor->behind->read_options(compressor->behind, file);
}

static void destroy(sqfs_object_t *base)
{
	struct cached_compressor *compressor = (struct cached_compressor *)base;

	sqfs_destroy(compressor->behind);
	free(compressor);
}

static sqfs_object_t *copy(const sqfs_object_t *base)
{
	const struct cached_compressor *from =
		(const struct cached_compressor *)base;
	struct cached_compressor *to = malloc(sizeof(*to));

	if (!to)
		return NULL;
	*to = *from;
	to->behind = sqfs_copy(from->behind);
	if (!to->behind) {
		free(to);
		return NULL;
	}
	return &to->base.base;
}

sqfs_compressor_t *squash_cached_compressor(sqfs_compressor_t *behind,
					    struct block_cache *cache)
{
	struct cached_compressor *compressor = calloc(1, sizeof(*compressor));
	sqfs_compressor_config_t config;

	if (!compressor)
		return NULL;
	memset(&config, 0, sizeof(config));
	behind->get_configuration(behind, &config);
	digest_settings(&config, compressor->settings);
	compressor->base = (sqfs_compressor_t){
		.base = { .destroy = destroy, .copy = copy },
		.get_configuration = get_configuration,
		.write_options = write_options,
		.read_options = read_options,
		.do_block = do_block,
	};
	compressor->behind = behind;
	compressor->cache = cache;
	return &compressor->base;
}
