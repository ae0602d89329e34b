/*
 * Compressed blocks that are kept from one packing to the next: what was
 * compressed once with the same settings is not compressed again.
 *
 * In a directory of its own, mode 0700, with up to GENERATIONS_MAX generations
 * (block_store.h) whose names are numbers:
 *
 *     lock         held by who changes anything here
 *     00000007/    older
 *     00000008/    the one that is added to
 *
 * When the newest is full the oldest is removed and a new one begun. What is
 * found in one of the older half is stored again in the newest: so those go
 * that were not used for longest, with a generation as the measure of time.
 *
 * Any number of processes and threads may use it. A cache in trouble is no
 * trouble for packing: it finds nothing and stores nothing from then on, and
 * says so when it is closed.
 */
#ifndef JAILPACK_BLOCK_CACHE_H
#define JAILPACK_BLOCK_CACHE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"

#include <stdbool.h>
#include <stdint.h>

#define BLOCK_CACHE_BOUND_DEFAULT (UINT64_C(1) << 30)
#define BLOCK_CACHE_BOUND_MIN (UINT64_C(32) << 20)
#define BLOCK_CACHE_BOUND_MAX (UINT64_C(1) << 40)

struct block_cache;

/*
 * The cache in the directory `path`, which is made if it is not there; its
 * parent must be. Never more than `bound` bytes of the disk, at least
 * BLOCK_CACHE_BOUND_MIN. -EPERM if the directory is another user's or anybody
 * else may look into it. For a process without threads.
 *
 * A generation that is damaged is removed, which block_cache_close() reports.
 */
int block_cache_open(const char *path, uint64_t bound,
		     struct block_cache **ret_cache,
		     struct diag *diag) MUST_CHECK;

/*
 * Store what is still to be stored, and release it. NULL is fine. A negative
 * errno if something was wrong since it was opened: the cache is then not what
 * it might be, and nothing else is.
 */
int block_cache_close(struct block_cache *cache, struct diag *diag) MUST_CHECK;

/*
 * The bytes that the block `key` was compressed to, at most `size`; from any
 * thread. *ret_length is 0 for a block that does not become smaller. False if
 * they are not known.
 */
bool block_cache_get(struct block_cache *cache, const uint8_t key[SHA256_SIZE],
		     void *bytes, size_t size, size_t *ret_length) MUST_CHECK;

/* Remember them; from any thread. */
void block_cache_put(struct block_cache *cache, const uint8_t key[SHA256_SIZE],
		     const void *bytes, size_t length);

/* How often it was asked, and could answer. */
struct block_cache_counts {
	uint64_t asked, found;
};
struct block_cache_counts block_cache_counts(const struct block_cache *cache);

#endif
