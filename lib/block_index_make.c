#include "lib/block_index.h"
#include "lib/fdio.h"

#include <errno.h>
#include <string.h>

/* Of what is cut by its content. Small: most of it changes a little with every
 * image, and a block costs 20 bytes in the index. */
enum {
	CUT_MIN = 256,
	CUT_BITS = 10, /* one cut in 1024 bytes on average */
	CUT_MAX = 8192,
	WINDOW = 64 << 10, /* of what is read at a time */
};

_Static_assert((int)WINDOW >= (int)CUT_MAX, "a block is cut out of a window");

/* A number for each byte, the same everywhere and for ever: splitmix64 of
 * S. Vigna, public domain, from 0 on. */
static void make_gear(uint64_t gear[256])
{
	uint64_t state = 0;

	for (int i = 0; i < 256; i++) {
		uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		gear[i] = z ^ z >> 31;
	}
}

/* How long the block is that begins at `data`. */
static size_t cut(const uint64_t gear[256], const uint8_t *data, size_t length)
{
	uint64_t hash = 0;
	size_t most = length < CUT_MAX ? length : CUT_MAX;

	for (size_t i = 0; i < most; i++) {
		hash = (hash << 1) + gear[data[i]];
		if (i + 1 >= CUT_MIN && hash >> (64 - CUT_BITS) == 0)
			return i + 1;
	}
	return most;
}

struct maker {
	int fd;
	struct block_index index;
	uint64_t gear[256];
	uint8_t *buffer; /* of BLOCK_INDEX_BLOCK_BYTES_MAX */
};

static int add(struct maker *maker, uint64_t offset, const uint8_t *data,
	       size_t length)
{
	struct block_index *index = &maker->index;
	struct block_index_entry *entry;

	if (index->count == BLOCK_INDEX_BLOCKS_MAX)
		return -EFBIG;
	if (array_grow(&index->entries, index->count, sizeof(*entry)) < 0)
		return -ENOMEM;
	entry = &index->entries[index->count++];
	entry->offset = offset;
	entry->length = (uint32_t)length;
	block_index_digest(data, length, entry->digest);
	return 0;
}

static int add_block(struct maker *maker, uint64_t offset, uint32_t length)
{
	int r = pread_all(maker->fd, maker->buffer, length, offset);

	return r == 0 ? add(maker, offset, maker->buffer, length) : r;
}

static int add_cuts(struct maker *maker, uint64_t offset, uint64_t end)
{
	while (offset < end) {
		uint64_t left = end - offset;
		size_t length = left < WINDOW ? (size_t)left : WINDOW;
		size_t done = 0;
		int r = pread_all(maker->fd, maker->buffer, length, offset);

		/* The last of a window may not be whole. */
		while (r == 0 && done < length &&
		       (length == left || length - done >= CUT_MAX)) {
			size_t size = cut(maker->gear, maker->buffer + done,
					  length - done);

			r = add(maker, offset + done, maker->buffer + done,
				size);
			done += size;
		}
		if (r < 0)
			return r;
		offset += done;
	}
	return 0;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct block_index_range *one = a, *other = b;

	if (one->offset != other->offset)
		return one->offset < other->offset ? -1 : 1;
	return one->length < other->length ? -1 : one->length > other->length;
}

static int add_all(struct maker *maker, const struct image_layout *layout,
		   const struct block_index_range *ranges, size_t count,
		   struct diag *diag)
{
	uint64_t offset = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct block_index_range *range = &ranges[i];

		/* Files with the same content share their blocks. */
		if (i && compare_ranges(range, range - 1) == 0)
			continue;
		if (range->offset < offset || range->length == 0 ||
		    range->length > BLOCK_INDEX_BLOCK_BYTES_MAX ||
		    range->offset > layout->squashfs_length ||
		    range->length > layout->squashfs_length - range->offset)
			return diag_set(diag, -EBADMSG,
					"the blocks of its file system lie one "
					"over another");
		r = add_cuts(maker, offset, range->offset);
		if (r == 0)
			r = add_block(maker, range->offset, range->length);
		offset = range->offset + range->length;
	}
	if (r == 0)
		r = add_cuts(maker, offset, layout->tree_offset);
	if (r == 0)
		r = add_cuts(maker, layout->tree_offset + layout->tree_length,
			     layout->file_length);
	return r < 0 ? diag_errno(diag, r, "cannot index its blocks") : 0;
}

int block_index_make(int fd, const struct image_layout *layout,
		     struct block_index_range *ranges, size_t range_count,
		     struct block_index *ret_index, struct diag *diag)
{
	struct maker maker = {
		.fd = fd,
		.index = { .file_length = layout->file_length,
			   .tree_offset = layout->tree_offset,
			   .tree_length = layout->tree_length },
	};
	CLEANUP_FREE uint8_t *buffer = malloc(BLOCK_INDEX_BLOCK_BYTES_MAX);
	int r;

	if (!buffer)
		return diag_oom(diag);
	maker.buffer = buffer;
	make_gear(maker.gear);
	if (range_count)
		qsort(ranges, range_count, sizeof(*ranges), compare_ranges);
	r = add_all(&maker, layout, ranges, range_count, diag);
	if (r < 0) {
		block_index_done(&maker.index);
		return r;
	}
	*ret_index = maker.index;
	return 0;
}
