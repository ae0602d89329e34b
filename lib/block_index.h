/*
 * The index of an image's blocks: what the file is made of, so that who has an
 * older one fetches only what has changed.
 *
 * Blocks follow one another from the first byte to the last, but for the hash
 * tree, which has none: it follows from what stands before it and is computed
 * anew. Where squashfs has a data block or a fragment block, there is a block;
 * the rest, which is inodes, directories, manifest, signature and footer, is
 * cut where its content says so, that what is moved is still found.
 *
 * Digests are the first 16 bytes of SHA-256: nobody is to believe a file that
 * was put together after an index before the digest of the whole agrees.
 *
 * Format: jail-image(5). Cuts: the gear hash of W. Xia et al., "Ddelta: a
 * deduplication-inspired fast delta compression approach" (2014).
 */
#ifndef JAIL_BLOCK_INDEX_H
#define JAIL_BLOCK_INDEX_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/image.h"

enum {
	BLOCK_INDEX_BLOCKS_MAX = 4 << 20,
	BLOCK_INDEX_BLOCK_BYTES_MAX = 1 << 20,
	BLOCK_INDEX_DIGEST_SIZE = 16,
	BLOCK_INDEX_HEADER_SIZE = 48,
	BLOCK_INDEX_ENTRY_SIZE = 4 + BLOCK_INDEX_DIGEST_SIZE,
	BLOCK_INDEX_BYTES_MAX = BLOCK_INDEX_HEADER_SIZE +
				BLOCK_INDEX_BLOCKS_MAX * BLOCK_INDEX_ENTRY_SIZE,
};

struct block_index_entry {
	uint64_t offset; /* in the file */
	uint32_t length; /* not 0 */
	uint8_t digest[BLOCK_INDEX_DIGEST_SIZE];
};

struct block_index {
	struct block_index_entry *entries; /* in the order of their offsets */
	size_t count;
	uint64_t file_length;
	uint64_t tree_offset, tree_length;
};

#define BLOCK_INDEX_INIT ((struct block_index){ 0 })
#define CLEANUP_BLOCK_INDEX CLEANUP(block_index_done)
void block_index_done(struct block_index *index);

/* Where a block of the file system lies. */
struct block_index_range {
	uint64_t offset;
	uint32_t length;
};

/*
 * Cut an image into blocks and take their digests. `ranges`, in any order, are
 * those of its file system's data; they are sorted here. -EBADMSG if they lie
 * one over another.
 */
int block_index_make(int fd, const struct image_layout *layout,
		     struct block_index_range *ranges, size_t range_count,
		     struct block_index *ret_index,
		     struct diag *diag) MUST_CHECK;

/* Appended. */
int block_index_write(const struct block_index *index,
		      struct buf *data) MUST_CHECK;

/* Read one that came from anybody: -EBADMSG for what is none. */
int block_index_parse(const void *data, size_t length,
		      struct block_index *ret_index,
		      struct diag *diag) MUST_CHECK;

/* Of `length` bytes. */
void block_index_digest(const void *data, size_t length,
			uint8_t ret_digest[BLOCK_INDEX_DIGEST_SIZE]);

#endif
