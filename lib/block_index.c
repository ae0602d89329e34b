#include "lib/block_index.h"

#include "lib/le.h"
#include "lib/sha256.h"

#include <errno.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

static const char magic[] = "JAILBLKS";

enum {
	FORMAT_VERSION = 1,
	MAGIC_SIZE = sizeof(magic) - 1,
	VERSION_AT = 8,
	COUNT_AT = 12,
	FILE_LENGTH_AT = 16,
	TREE_OFFSET_AT = 24,
	TREE_LENGTH_AT = 32,
	RESERVED_AT = 40,
};

void block_index_done(struct block_index *index)
{
	free(steal_ptr(&index->entries));
	index->count = 0;
}

void block_index_digest(const void *data, size_t length,
			uint8_t ret_digest[BLOCK_INDEX_DIGEST_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	sha256_digest(data, length, digest);
	memcpy(ret_digest, digest, BLOCK_INDEX_DIGEST_SIZE);
}

int block_index_write(const struct block_index *index, struct buf *data)
{
	uint8_t header[BLOCK_INDEX_HEADER_SIZE] = { 0 };

	memcpy(header, magic, MAGIC_SIZE);
	le32_put(header + VERSION_AT, FORMAT_VERSION);
	le32_put(header + COUNT_AT, (uint32_t)index->count);
	le64_put(header + FILE_LENGTH_AT, index->file_length);
	le64_put(header + TREE_OFFSET_AT, index->tree_offset);
	le64_put(header + TREE_LENGTH_AT, index->tree_length);
	buf_append(data, header, sizeof(header));
	for (size_t i = 0; i < index->count; i++) {
		uint8_t entry[BLOCK_INDEX_ENTRY_SIZE];

		le32_put(entry, index->entries[i].length);
		memcpy(entry + 4, index->entries[i].digest,
		       BLOCK_INDEX_DIGEST_SIZE);
		buf_append(data, entry, sizeof(entry));
	}
	return buf_check(data);
}

/* What all lengths have to add up to. */
static int check_header(const struct block_index *index, size_t length,
			struct diag *diag)
{
	if (index->count == 0 || index->count > BLOCK_INDEX_BLOCKS_MAX ||
	    length != BLOCK_INDEX_HEADER_SIZE +
			      index->count * BLOCK_INDEX_ENTRY_SIZE)
		return refuse(diag, "the index of blocks has not the length "
				    "that its header says");
	if (index->tree_offset > index->file_length ||
	    index->tree_length > index->file_length - index->tree_offset ||
	    index->tree_offset == 0 ||
	    index->tree_offset % HASHTREE_BLOCK_SIZE ||
	    index->tree_length != hashtree_length(index->tree_offset))
		return refuse(diag, "the index of blocks has the hash tree "
				    "where none can be");
	return 0;
}

/* The blocks from the first byte to the last, around the tree. */
static int read_entries(const uint8_t *at, struct block_index *index,
			struct diag *diag)
{
	uint64_t offset = 0;

	for (size_t i = 0; i < index->count; i++) {
		struct block_index_entry *entry = &index->entries[i];
		uint64_t end = offset < index->tree_offset ? index->tree_offset
							   : index->file_length;

		entry->offset = offset;
		entry->length = le32_get(at);
		memcpy(entry->digest, at + 4, BLOCK_INDEX_DIGEST_SIZE);
		at += BLOCK_INDEX_ENTRY_SIZE;
		if (entry->length == 0 ||
		    entry->length > BLOCK_INDEX_BLOCK_BYTES_MAX ||
		    entry->length > end - offset)
			return refuse(diag,
				      "block %zu of the index has an "
				      "impossible length",
				      i);
		offset += entry->length;
		if (offset == index->tree_offset)
			offset += index->tree_length;
	}
	if (offset != index->file_length)
		return refuse(diag,
			      "the blocks of the index do not fill the image");
	return 0;
}

int block_index_parse(const void *data, size_t length,
		      struct block_index *ret_index, struct diag *diag)
{
	CLEANUP_BLOCK_INDEX struct block_index index = BLOCK_INDEX_INIT;
	const uint8_t *at = data;
	int r;

	if (length < BLOCK_INDEX_HEADER_SIZE ||
	    memcmp(at, magic, MAGIC_SIZE) != 0)
		return refuse(diag, "it is no index of blocks");
	if (le32_get(at + VERSION_AT) != FORMAT_VERSION ||
	    le64_get(at + RESERVED_AT) != 0)
		return refuse(diag, "the index of blocks is of an unknown "
				    "version");
	index.count = le32_get(at + COUNT_AT);
	index.file_length = le64_get(at + FILE_LENGTH_AT);
	index.tree_offset = le64_get(at + TREE_OFFSET_AT);
	index.tree_length = le64_get(at + TREE_LENGTH_AT);
	r = check_header(&index, length, diag);
	if (r < 0)
		return r;
	index.entries = calloc(index.count, sizeof(*index.entries));
	if (!index.entries)
		return diag_oom(diag);
	r = read_entries(at + BLOCK_INDEX_HEADER_SIZE, &index, diag);
	if (r < 0)
		return r;
	*ret_index = index;
	index = BLOCK_INDEX_INIT;
	return 0;
}
