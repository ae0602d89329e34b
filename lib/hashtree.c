#include "lib/hashtree.h"

#include "lib/fdio.h"
#include "lib/le.h"
#include "lib/processors.h"
#include "lib/sha256.h"
#include "lib/sha256_pair.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum {
	DIGESTS_PER_BLOCK = HASHTREE_BLOCK_SIZE / HASHTREE_DIGEST_SIZE,
	LEVELS_MAX = 8,	    /* 128^8 blocks are more than 2^64 bytes */
	THREADS_MAX = 1024, /* as processors.h counts them */

	/* What a thread reads at a time: it stays in the cache of its
	 * processor between the copy and the hashing. */
	READ_BLOCKS = 16,

	/* A thread is worth its start from about this much work on. */
	THREAD_BYTES_MIN = 256 << 10,
};

/* The tree's levels; 0 is the one over the data. */
struct levels {
	unsigned int count;
	uint64_t blocks[LEVELS_MAX]; /* of hashes */
	uint64_t offset[LEVELS_MAX]; /* in the section; the top comes first */
	uint64_t section_length;     /* with the superblock */
};

static struct levels levels_of(uint64_t data_length)
{
	struct levels levels = { 0 };
	uint64_t below = data_length / HASHTREE_BLOCK_SIZE;
	uint64_t offset = HASHTREE_BLOCK_SIZE;

	/* A single data block has no tree: its digest is the root hash. */
	while (below > 1 && levels.count < LEVELS_MAX) {
		below = (below + DIGESTS_PER_BLOCK - 1) / DIGESTS_PER_BLOCK;
		levels.blocks[levels.count++] = below;
	}
	for (unsigned int i = levels.count; i-- > 0;) {
		levels.offset[i] = offset;
		offset += levels.blocks[i] * HASHTREE_BLOCK_SIZE;
	}
	levels.section_length = offset;
	return levels;
}

uint64_t hashtree_length(uint64_t data_length)
{
	return levels_of(data_length).section_length;
}

/* What the threads share. Each takes the next piece of the data until none
 * is left; where its digests go follows from where the piece lies. */
struct job {
	int fd;
	bool paired; /* by sha256_pair() */
	uint64_t data_length;
	uint8_t *digests; /* level 0, or the root hash of a single block */
	_Atomic uint64_t next;
	_Atomic int error;
};

/* Of `count` blocks, one behind the other as their digests are. */
static void hash_blocks(bool paired, const uint8_t *blocks, uint64_t count,
			uint8_t *digests)
{
	for (; paired && count >= 2; count -= 2) {
		sha256_pair(blocks, blocks + HASHTREE_BLOCK_SIZE,
			    HASHTREE_BLOCK_SIZE, digests,
			    digests + HASHTREE_DIGEST_SIZE);
		blocks += (size_t)2 * HASHTREE_BLOCK_SIZE;
		digests += (size_t)2 * HASHTREE_DIGEST_SIZE;
	}
	for (; count; count--) {
		sha256_digest(blocks, HASHTREE_BLOCK_SIZE, digests);
		blocks += HASHTREE_BLOCK_SIZE;
		digests += HASHTREE_DIGEST_SIZE;
	}
}

static void *job_run(void *context)
{
	struct job *job = context;
	uint8_t data[READ_BLOCKS * HASHTREE_BLOCK_SIZE];

	for (;;) {
		uint64_t offset = atomic_fetch_add(&job->next, sizeof(data));
		size_t length = sizeof(data);
		int r;

		if (offset >= job->data_length || atomic_load(&job->error))
			return NULL;
		if (length > job->data_length - offset)
			length = (size_t)(job->data_length - offset);
		r = pread_all(job->fd, data, length, offset);
		if (r < 0) {
			atomic_store(&job->error, r);
			return NULL;
		}
		hash_blocks(job->paired, data, length / HASHTREE_BLOCK_SIZE,
			    job->digests + offset / HASHTREE_BLOCK_SIZE *
						   HASHTREE_DIGEST_SIZE);
	}
}

static unsigned int threads_for(uint64_t data_length, unsigned int wanted)
{
	uint64_t useful = 1 + data_length / THREAD_BYTES_MIN;

	if (wanted == 0)
		wanted = processors_usable();
	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	return useful < wanted ? (unsigned int)useful : wanted;
}

static int hash_data(struct job *job, unsigned int threads)
{
	pthread_t helpers[THREADS_MAX];
	unsigned int started = 0;

	/* That a thread cannot be had is no failure: the others do its part. */
	while (started + 1 < threads) {
		if (pthread_create(&helpers[started], NULL, job_run, job))
			break;
		started++;
	}
	job_run(job);
	while (started > 0)
		pthread_join(helpers[--started], NULL);
	return atomic_load(&job->error);
}

/* cryptsetup: docs/on-disk-format-verity */
static void put_superblock(uint8_t *at, uint64_t data_length,
			   const uint8_t root[HASHTREE_DIGEST_SIZE])
{
	uint8_t *uuid = at + 16;

	memcpy(at, "verity\0\0", 8);
	le32_put(at + 8, 1);  /* version of the superblock */
	le32_put(at + 12, 1); /* hash type: salt before the data */
	memcpy(uuid, root, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40); /* RFC 4122: version 4 */
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80); /* and its variant */
	memcpy(at + 32, "sha256", 6);
	le32_put(at + 64, HASHTREE_BLOCK_SIZE);
	le32_put(at + 68, HASHTREE_BLOCK_SIZE);
	le64_put(at + 72, data_length / HASHTREE_BLOCK_SIZE);
	/* The size of the salt, 2 bytes, and the salt: none. */
}

static void hash_levels(const struct levels *levels, bool paired,
			uint8_t *section,
			uint8_t ret_root[HASHTREE_DIGEST_SIZE])
{
	for (unsigned int i = 0; i < levels->count; i++) {
		bool top = i + 1 == levels->count;

		hash_blocks(paired, section + levels->offset[i],
			    levels->blocks[i],
			    top ? ret_root : section + levels->offset[i + 1]);
	}
}

int hashtree_compute(int fd, uint64_t data_length, unsigned int threads,
		     uint8_t ret_root[HASHTREE_DIGEST_SIZE], uint8_t **ret_tree,
		     struct diag *diag)
{
	struct levels levels = levels_of(data_length);
	struct job job = { .fd = fd,
			   .paired = sha256_pair_is_there(),
			   .data_length = data_length };
	CLEANUP_FREE uint8_t *section = NULL;
	uint8_t root[HASHTREE_DIGEST_SIZE];
	int r;

	if (data_length == 0 || data_length % HASHTREE_BLOCK_SIZE)
		return diag_set(diag, -EINVAL,
				"a hash tree needs whole blocks of %d bytes",
				HASHTREE_BLOCK_SIZE);
	section = calloc(1, (size_t)levels.section_length);
	if (!section)
		return diag_oom(diag);
	job.digests = levels.count ? section + levels.offset[0] : root;
	r = hash_data(&job, threads_for(data_length, threads));
	if (r < 0)
		return diag_errno(diag, r, "cannot read what is to be hashed");
	hash_levels(&levels, job.paired, section, root);
	put_superblock(section, data_length, root);
	memcpy(ret_root, root, sizeof(root));
	if (ret_tree)
		*ret_tree = steal_ptr(&section);
	return 0;
}
