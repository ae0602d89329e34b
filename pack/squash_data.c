#include "lib/sha256.h"
#include "pack/squash_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Files are fed to the library's block processor in the order of the tree,
 * and hashed on the way. A file whose size another one has is hashed before:
 * if its content is already there, nothing has to be compressed again.
 */

/* What is read and hashed at a time, and fed while it is still in the cache.
 * A whole number of blocks at the default block size. */
enum { READ_SIZE = 128 << 10 };

static int library_error(struct squash *squash, int sqfs_error)
{
	return squash_error(squash->diag, sqfs_error, &squash->file,
			    "cannot write the file system");
}

/* --- The digests of what was packed --- */

static int by_size(const void *a, const void *b)
{
	const struct squash_entry *const *left = a, *const *right = b;
	uint64_t x = (*left)->node->size, y = (*right)->node->size;

	return (x > y) - (x < y);
}

/* Mark the files that may have a twin, and make room for their digests. */
static int find_shared_sizes(struct squash *squash)
{
	CLEANUP_FREE struct squash_entry **files =
		calloc(squash->entry_count, sizeof(struct squash_entry *));
	size_t count = 0, shared = 0, size = 2;

	if (!files)
		return diag_oom(squash->diag);
	for (size_t i = 0; i < squash->entry_count; i++) {
		struct squash_entry *entry = &squash->entries[i];

		if (S_ISREG(entry->node->mode) && entry->node->size > 0)
			files[count++] = entry;
	}
	qsort(files, count, sizeof(struct squash_entry *), by_size);
	for (size_t i = 1; i < count; i++) {
		if (files[i - 1]->node->size == files[i]->node->size)
			files[i - 1]->size_shared = files[i]->size_shared =
				true;
	}
	for (size_t i = 0; i < count; i++)
		shared += files[i]->size_shared;
	while (size < 2 * shared)
		size *= 2;
	squash->digests.size = size;
	squash->digests.slots = calloc(size, sizeof(struct squash_entry *));
	return squash->digests.slots ? 0 : diag_oom(squash->diag);
}

/* The entry with the same content, or `entry` itself, which is kept then. */
static struct squash_entry *find_same(struct digest_table *table,
				      struct squash_entry *entry)
{
	const struct node *node = entry->node;
	size_t slot;

	memcpy(&slot, node->sha256, sizeof(slot));
	for (slot &= table->size - 1; table->slots[slot];
	     slot = (slot + 1) & (table->size - 1)) {
		const struct node *other = table->slots[slot]->node;

		if (other->size == node->size &&
		    memcmp(other->sha256, node->sha256, SHA256_SIZE) == 0)
			return table->slots[slot];
	}
	table->slots[slot] = entry;
	return entry;
}

/* --- The content of a file, piece by piece --- */

struct content {
	const struct node *node;
	int fd; /* -1 for inline content */
	uint64_t offset;
};

static int content_open(struct squash *squash, const struct node *node,
			struct content *ret_content)
{
	struct content content = { .node = node, .fd = -1 };

	/* Inline content needs no descriptor: it is there. */
	if (node->content != CONTENT_INLINE) {
		int r = node_open(node, &content.fd, squash->diag);

		if (r < 0)
			return r;
	}
	*ret_content = content;
	return 0;
}

static int file_error(struct squash *squash, const struct node *node, int error,
		      const char *what)
{
	CLEANUP_FREE char *path = node_path(node);

	if (!path)
		return diag_oom(squash->diag);
	if (what)
		return diag_set(squash->diag, error, "%s %s", path, what);
	return diag_errno(squash->diag, error, "cannot read %s", path);
}

/* A file that grew has another content than its size was taken for. */
static int content_check_end(struct squash *squash, struct content *content)
{
	uint8_t byte;
	ssize_t got;

	if (content->fd < 0)
		return 0;
	got = read(content->fd, &byte, 1);
	if (got < 0)
		return file_error(squash, content->node, -errno, NULL);
	return got ? file_error(squash, content->node, -EIO,
				"became longer while it was read")
		   : 0;
}

/* The next piece, READ_SIZE or up to the end; length 0 at the end. */
static int content_next(struct squash *squash, struct content *content,
			const uint8_t **ret_data, size_t *ret_length)
{
	const struct node *node = content->node;
	uint64_t left = node->size - content->offset;
	size_t wanted = left < READ_SIZE ? (size_t)left : READ_SIZE;
	size_t length = 0;

	if (content->fd < 0) {
		*ret_data = (const uint8_t *)node->data + content->offset;
		*ret_length = wanted;
		content->offset += wanted;
		return 0;
	}
	while (length < wanted) {
		ssize_t got = read(content->fd, squash->buffer + length,
				   wanted - length);

		if (got < 0 && errno != EINTR)
			return file_error(squash, node, -errno, NULL);
		if (got == 0)
			return file_error(squash, node, -EIO,
					  "became shorter while it was read");
		if (got > 0)
			length += (size_t)got;
	}
	*ret_data = squash->buffer;
	*ret_length = length;
	content->offset += length;
	return 0;
}

static int content_rewind(struct squash *squash, struct content *content)
{
	content->offset = 0;
	if (content->fd >= 0 && lseek(content->fd, 0, SEEK_SET) < 0)
		return file_error(squash, content->node, -errno, NULL);
	return 0;
}

/* --- Feeding --- */

static int report_progress(struct squash *squash)
{
	const struct squash_options *options = squash->options;
	int r;

	if (!options->progress)
		return 0;
	r = options->progress(options->context, squash->bytes_done,
			      squash->bytes_all);
	return r < 0 ? diag_errno(squash->diag, r, "packing was stopped") : 0;
}

static int feed(struct squash *squash, const uint8_t *data, size_t length)
{
	int r = sqfs_block_processor_append(squash->processor, data, length);

	if (r)
		return library_error(squash, r);
	squash->bytes_done += length;
	return report_progress(squash);
}

static int begin_file(struct squash *squash, struct squash_entry *entry)
{
	int r = sqfs_block_processor_begin_file(squash->processor,
						&entry->inode, NULL, 0);

	return r ? library_error(squash, r) : 0;
}

static int end_file(struct squash *squash)
{
	int r = sqfs_block_processor_end_file(squash->processor);

	return r ? library_error(squash, r) : 0;
}

/* True if the content, whose digest is in the node, is there already. */
static bool is_there(struct squash *squash, struct squash_entry *entry)
{
	struct squash_entry *same;

	if (!entry->size_shared)
		return false;
	same = find_same(&squash->digests, entry);
	if (same == entry)
		return false;
	entry->same = same;
	squash->bytes_done += entry->node->size;
	return true;
}

/* A file that fits into the buffer is read once. */
static int feed_short(struct squash *squash, struct squash_entry *entry,
		      struct content *content)
{
	const uint8_t *data;
	size_t length;
	int r = content_next(squash, content, &data, &length);

	if (r == 0)
		r = content_check_end(squash, content);
	if (r < 0)
		return r;
	sha256_digest(data, length, entry->node->sha256);
	if (is_there(squash, entry))
		return report_progress(squash);
	r = begin_file(squash, entry);
	if (r == 0 && length > 0)
		r = feed(squash, data, length);
	return r < 0 ? r : end_file(squash);
}

/* From the start to the end, once more if need be: the digest, and all of it
 * given to the library if `feeding`. */
static int pass(struct squash *squash, struct content *content, bool feeding,
		uint8_t ret_digest[SHA256_SIZE])
{
	struct sha256 hash;
	const uint8_t *data;
	size_t length;
	int r = content_rewind(squash, content);

	sha256_init(&hash);
	while (r == 0) {
		r = content_next(squash, content, &data, &length);
		if (r < 0 || length == 0)
			break;
		sha256_update(&hash, data, length);
		if (feeding)
			r = feed(squash, data, length);
	}
	if (r == 0)
		r = content_check_end(squash, content);
	if (r == 0)
		sha256_final(&hash, ret_digest);
	return r;
}

static int feed_long(struct squash *squash, struct squash_entry *entry,
		     struct content *content)
{
	struct node *node = entry->node;
	uint8_t digest[SHA256_SIZE];
	int r = 0;

	if (entry->size_shared) {
		r = pass(squash, content, false, node->sha256);
		if (r < 0)
			return r;
		if (is_there(squash, entry))
			return report_progress(squash);
	}
	r = begin_file(squash, entry);
	if (r == 0)
		r = pass(squash, content, true, digest);
	if (r == 0)
		r = end_file(squash);
	if (r < 0)
		return r;
	if (entry->size_shared &&
	    memcmp(digest, node->sha256, sizeof(digest)) != 0)
		return file_error(squash, node, -EIO,
				  "changed while it was read");
	memcpy(node->sha256, digest, sizeof(digest));
	return 0;
}

static int feed_file(struct squash *squash, struct squash_entry *entry)
{
	struct content content;
	int r = content_open(squash, entry->node, &content);

	if (r < 0)
		return r;
	if (entry->node->size <= READ_SIZE)
		r = feed_short(squash, entry, &content);
	else
		r = feed_long(squash, entry, &content);
	close_fd(&content.fd);
	return r;
}

/* Once nothing moves any more: a copy of the twin's inode. */
static int copy_inode(struct squash *squash, struct squash_entry *entry)
{
	const sqfs_inode_generic_t *from = entry->same->inode;
	size_t size = sizeof(*from) + from->payload_bytes_used;

	entry->inode = malloc(size);
	if (!entry->inode)
		return diag_oom(squash->diag);
	memcpy(entry->inode, from, size);
	entry->inode->payload_bytes_available = from->payload_bytes_used;
	return 0;
}

int squash_write_data(struct squash *squash)
{
	int r = find_shared_sizes(squash);

	if (r < 0)
		return r;
	squash->buffer = malloc(READ_SIZE);
	if (!squash->buffer)
		return diag_oom(squash->diag);
	for (size_t i = 0; i < squash->entry_count; i++) {
		if (!S_ISREG(squash->entries[i].node->mode))
			continue;
		r = feed_file(squash, &squash->entries[i]);
		if (r < 0)
			return r;
	}
	r = sqfs_block_processor_finish(squash->processor);
	if (r)
		return library_error(squash, r);
	for (size_t i = 0; i < squash->entry_count; i++) {
		if (!squash->entries[i].same)
			continue;
		r = copy_inode(squash, &squash->entries[i]);
		if (r < 0)
			return r;
	}
	return 0;
}
