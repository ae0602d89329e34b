#include "lib/image.h"

#include "lib/fdio.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What is compared at a time. */
enum { CHUNK_SIZE = 64 << 10 };

static int differs(struct diag *diag, const char *text)
{
	return diag_set(diag, -EBADMSG, "%s", text);
}

/*
 * Where the stored tree first differs from the computed one, or its length.
 */
static int compare_tree(int fd, const struct image_layout *layout,
			const uint8_t *tree, uint64_t *ret_offset,
			struct diag *diag)
{
	uint64_t done = 0;

	while (done < layout->tree_length) {
		uint8_t chunk[CHUNK_SIZE];
		uint64_t left = layout->tree_length - done;
		size_t length =
			left < sizeof(chunk) ? (size_t)left : sizeof(chunk);
		int r = pread_all(fd, chunk, length,
				  layout->tree_offset + done);

		if (r < 0)
			return diag_errno(diag, r, "cannot read its hash tree");
		for (size_t i = 0; i < length; i++) {
			if (chunk[i] != tree[done + i]) {
				*ret_offset = done + i;
				return 0;
			}
		}
		done += length;
	}
	*ret_offset = done;
	return 0;
}

/*
 * The root hash is wrong: if the stored tree belongs to it, the first digest
 * of the lowest level that differs tells which block was changed.
 */
static int explain(int fd, const struct image_layout *layout,
		   const uint8_t *tree, struct diag *diag)
{
	uint64_t blocks = layout->tree_offset / HASHTREE_BLOCK_SIZE;
	uint64_t digests = blocks * HASHTREE_DIGEST_SIZE;
	uint64_t lowest = layout->tree_length -
			  (digests + HASHTREE_BLOCK_SIZE - 1) /
				  HASHTREE_BLOCK_SIZE * HASHTREE_BLOCK_SIZE;

	for (uint64_t i = 0; i < blocks; i++) {
		uint64_t at = lowest + i * HASHTREE_DIGEST_SIZE;
		uint8_t stored[HASHTREE_DIGEST_SIZE];
		uint64_t from = i * HASHTREE_BLOCK_SIZE;
		int r = pread_all(fd, stored, sizeof(stored),
				  layout->tree_offset + at);

		if (r < 0)
			return diag_errno(diag, r, "cannot read its hash tree");
		if (memcmp(stored, tree + at, sizeof(stored)) != 0)
			return diag_set(diag, -EBADMSG,
					"it has been changed in bytes %" PRIu64
					" to %" PRIu64 "%s",
					from, from + HASHTREE_BLOCK_SIZE - 1,
					from < layout->manifest_offset
						? ", in the file system"
						: ", in the manifest");
	}
	return differs(diag, "its root hash is not that of its content");
}

int image_verify(int fd, const struct image_layout *layout, bool whole,
		 unsigned int threads, struct diag *diag)
{
	uint8_t root[HASHTREE_DIGEST_SIZE];
	CLEANUP_FREE uint8_t *tree = NULL;
	uint64_t same;
	int r;

	r = hashtree_compute(fd, layout->tree_offset, threads, root, &tree,
			     diag);
	if (r < 0)
		return r;
	if (memcmp(root, layout->root_hash, sizeof(root)) != 0)
		return explain(fd, layout, tree, diag);
	if (!whole)
		return 0;
	r = compare_tree(fd, layout, tree, &same, diag);
	if (r < 0)
		return r;
	if (same != layout->tree_length)
		return diag_set(diag, -EBADMSG,
				"its hash tree has been changed in byte "
				"%" PRIu64,
				layout->tree_offset + same);
	return 0;
}
