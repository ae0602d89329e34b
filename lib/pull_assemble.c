#include "lib/fdio.h"
#include "lib/pull.h"

#include <errno.h>
#include <string.h>

/* Less than this between two missing pieces is fetched with them: a request
 * costs more. */
enum { GAP_MAX = 512 };

/* A block of a base. */
struct known {
	const struct block_index_entry *entry;
	int fd;
};

static int compare_entries(const struct block_index_entry *one,
			   const struct block_index_entry *other)
{
	int order = memcmp(one->digest, other->digest, sizeof(one->digest));

	if (order)
		return order;
	return one->length < other->length ? -1 : one->length > other->length;
}

static int compare_known(const void *a, const void *b)
{
	return compare_entries(((const struct known *)a)->entry,
			       ((const struct known *)b)->entry);
}

/* Everything the bases have, by digest. NULL if there is no memory. */
static struct known *know(const struct pull_base *bases, size_t base_count,
			  size_t *ret_count)
{
	struct known *known;
	size_t count = 0, at = 0;

	for (size_t i = 0; i < base_count; i++)
		count += bases[i].index.count;
	known = calloc(count ? count : 1, sizeof(*known));
	if (!known)
		return NULL;
	for (size_t i = 0; i < base_count; i++) {
		for (size_t j = 0; j < bases[i].index.count; j++)
			known[at++] = (struct known){
				.entry = &bases[i].index.entries[j],
				.fd = bases[i].fd,
			};
	}
	qsort(known, count, sizeof(*known), compare_known);
	*ret_count = count;
	return known;
}

static bool is_block(const struct block_index_entry *entry, const void *data)
{
	uint8_t digest[BLOCK_INDEX_DIGEST_SIZE];

	block_index_digest(data, entry->length, digest);
	return memcmp(digest, entry->digest, sizeof(digest)) == 0;
}

/* 1 if it was found and written, 0 if nobody has it, -errno. */
static int reuse(const struct block_index_entry *entry,
		 const struct known *known, size_t count, uint8_t *buffer,
		 int fd)
{
	const struct known key = { .entry = entry };
	const struct known *found =
		bsearch(&key, known, count, sizeof(*known), compare_known);
	int r;

	/* A base that has changed since it was indexed has nothing to offer. */
	if (!found ||
	    pread_all(found->fd, buffer, entry->length, found->entry->offset) <
		    0 ||
	    !is_block(entry, buffer))
		return 0;
	r = pwrite_all(fd, buffer, entry->length, entry->offset);
	return r < 0 ? r : 1;
}

/* What is missing and not yet fetched, one piece. */
struct missing {
	uint64_t from, to;
};

static int fetch_missing(struct missing *missing,
			 const struct pull_source *source, int fd,
			 struct diag *diag)
{
	uint64_t from = missing->from;
	uint64_t length = missing->to - from;

	missing->from = missing->to = 0;
	return length ? source->fetch(source->context, fd, from, length, diag)
		      : 0;
}

static int fetch_or_reuse(const struct block_index *index,
			  const struct known *known, size_t count,
			  const struct pull_source *source, int fd,
			  uint64_t *reused, struct diag *diag)
{
	CLEANUP_FREE uint8_t *buffer = malloc(BLOCK_INDEX_BLOCK_BYTES_MAX);
	struct missing missing = { 0 };
	int r = 0;

	if (!buffer)
		return diag_oom(diag);
	for (size_t i = 0; r == 0 && i < index->count; i++) {
		const struct block_index_entry *entry = &index->entries[i];

		r = reuse(entry, known, count, buffer, fd);
		if (r < 0)
			return diag_errno(diag, r, "cannot write it");
		if (r == 1) {
			*reused += entry->length;
			r = 0;
			continue;
		}
		if (missing.to && (entry->offset - missing.to > GAP_MAX))
			r = fetch_missing(&missing, source, fd, diag);
		if (!missing.to)
			missing.from = entry->offset;
		missing.to = entry->offset + entry->length;
	}
	return r == 0 ? fetch_missing(&missing, source, fd, diag) : r;
}

/* The bytes of the tree follow from those before it. */
static int write_tree(const struct block_index *index, int fd,
		      struct diag *diag)
{
	uint8_t root[HASHTREE_DIGEST_SIZE];
	CLEANUP_FREE uint8_t *tree = NULL;
	int r = hashtree_compute(fd, index->tree_offset, 0, root, &tree, diag);

	if (r < 0)
		return r;
	r = pwrite_all(fd, tree, (size_t)index->tree_length,
		       index->tree_offset);
	return r < 0 ? diag_errno(diag, r, "cannot write it") : 0;
}

int pull_assemble(const struct block_index *index,
		  const struct pull_base *bases, size_t base_count,
		  const struct pull_source *source, int fd,
		  uint64_t *ret_reused, struct diag *diag)
{
	size_t count = 0;
	CLEANUP_FREE struct known *known = know(bases, base_count, &count);
	uint64_t reused = 0;
	int r;

	if (!known)
		return diag_oom(diag);
	r = fetch_or_reuse(index, known, count, source, fd, &reused, diag);
	if (r == 0)
		r = write_tree(index, fd, diag);
	if (r == 0)
		*ret_reused = reused;
	return r;
}
