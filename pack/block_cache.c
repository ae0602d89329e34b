#include "pack/block_cache.h"

#include "pack/block_cache_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum {
	/* What is stored at once: a flush of the index for each batch is then
	 * nothing beside the work that is in it. */
	BATCH_BYTES = 4 << 20,
	BATCH_ENTRIES = 256,
};

/* What waits to be stored. */
struct batch {
	struct block_entry entries[BATCH_ENTRIES];
	size_t count;
	size_t length;
	uint8_t bytes[BATCH_BYTES];
};

struct block_cache {
	/* Read by who searches, written by who changes the list. */
	pthread_rwlock_t generations_lock;
	struct generations generations;

	/* Over all that follows. */
	pthread_mutex_t batch_lock;
	struct batch *batch;
	bool stopped;	     /* nothing is stored any more */
	struct diag trouble; /* the first that was met */

	_Atomic uint64_t asked, found, damaged;
};

/* --- Opening and closing --- */

static void note_trouble(struct block_cache *cache, struct diag *diag)
{
	if (cache->trouble.error == 0) {
		cache->trouble = *diag;
		*diag = DIAG_INIT;
	}
}

static void free_cache(struct block_cache *cache)
{
	generations_done(&cache->generations);
	(void)pthread_rwlock_destroy(&cache->generations_lock);
	(void)pthread_mutex_destroy(&cache->batch_lock);
	diag_done(&cache->trouble);
	free(cache->batch);
	free(cache);
}

int block_cache_open(const char *path, uint64_t bound,
		     struct block_cache **ret_cache, struct diag *diag)
{
	struct block_cache *cache = calloc(1, sizeof(*cache));
	size_t damaged = 0;
	int r;

	if (!cache)
		return diag_oom(diag);
	cache->generations = GENERATIONS_INIT;
	(void)pthread_rwlock_init(&cache->generations_lock, NULL);
	(void)pthread_mutex_init(&cache->batch_lock, NULL);
	r = generations_open(&cache->generations, path, bound, &damaged, diag);
	if (r < 0) {
		free_cache(cache);
		return r;
	}
	if (damaged)
		(void)diag_set(&cache->trouble, -EBADMSG,
			       "%s was damaged: what was wrong is removed, and "
			       "is compressed again",
			       path);
	*ret_cache = cache;
	return 0;
}

static void store_batch(struct block_cache *cache);

int block_cache_close(struct block_cache *cache, struct diag *diag)
{
	uint64_t damaged;
	int r = 0;

	if (!cache)
		return 0;
	if (cache->batch && cache->batch->count > 0)
		store_batch(cache);
	damaged = atomic_load(&cache->damaged);
	if (cache->trouble.error)
		r = diag_set(diag, cache->trouble.error, "%s",
			     cache->trouble.text ? cache->trouble.text
						 : "out of memory");
	else if (damaged > 0)
		r = diag_set(diag, -EBADMSG,
			     "%s was damaged: %" PRIu64 " blocks of it were "
			     "compressed again",
			     cache->generations.path, damaged);
	free_cache(cache);
	return r;
}

struct block_cache_counts block_cache_counts(const struct block_cache *cache)
{
	return (struct block_cache_counts){
		.asked = atomic_load(&cache->asked),
		.found = atomic_load(&cache->found),
	};
}

/* --- Storing --- */

static int store_in_newest(struct block_cache *cache, struct diag *diag)
{
	const struct batch *batch = cache->batch;
	struct generations *generations = &cache->generations;

	if (generations->count == 0)
		return -EFBIG;
	return block_store_put(generations->list[generations->count - 1].store,
			       batch->entries, batch->count, batch->bytes,
			       diag);
}

static int change_generations(struct block_cache *cache,
			      int (*change)(struct generations *generations,
					    struct diag *diag),
			      struct diag *diag)
{
	int r;

	(void)pthread_rwlock_wrlock(&cache->generations_lock);
	r = change(&cache->generations, diag);
	(void)pthread_rwlock_unlock(&cache->generations_lock);
	return r;
}

static int store_locked(struct block_cache *cache, struct diag *diag)
{
	int r = change_generations(cache, generations_refresh, diag);

	if (r < 0)
		return r;
	r = store_in_newest(cache, diag);
	/* Full, or damaged in a way that nobody saw before. */
	if (r == -EBADMSG)
		note_trouble(cache, diag);
	else if (r != -EFBIG)
		return r;
	r = change_generations(cache, generations_begin, diag);
	if (r < 0)
		return r;
	r = store_in_newest(cache, diag);
	return r == -EFBIG ? diag_set(diag, r, "one batch is too large for it")
			   : r;
}

/* With batch_lock held, or by the only thread that is left. */
static void store_batch(struct block_cache *cache)
{
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	int r = generations_lock(&cache->generations, &diag);

	if (r == 0) {
		r = store_locked(cache, &diag);
		generations_unlock(&cache->generations);
	}
	cache->batch->count = 0;
	cache->batch->length = 0;
	if (r < 0) {
		cache->stopped = true;
		(void)diag_wrap(&diag, r, "cannot store more blocks");
		note_trouble(cache, &diag);
	}
}

static bool have_batch(struct block_cache *cache)
{
	if (!cache->batch)
		cache->batch = calloc(1, sizeof(*cache->batch));
	return cache->batch != NULL;
}

static void add_to_batch(struct block_cache *cache,
			 const uint8_t key[SHA256_SIZE], const void *bytes,
			 size_t length)
{
	struct batch *batch = cache->batch;
	struct block_entry *entry = &batch->entries[batch->count++];

	*entry = (struct block_entry){
		.length = (uint32_t)length,
		.offset = batch->length,
		/* It was asked for in vain: if it is there, it is damaged. */
		.replace = atomic_load(&cache->damaged) > 0,
	};
	memcpy(entry->key, key, sizeof(entry->key));
	if (length > 0)
		memcpy(batch->bytes + batch->length, bytes, length);
	batch->length += length;
}

void block_cache_put(struct block_cache *cache, const uint8_t key[SHA256_SIZE],
		     const void *bytes, size_t length)
{
	if (length > BATCH_BYTES)
		return;
	(void)pthread_mutex_lock(&cache->batch_lock);
	if (!cache->stopped && have_batch(cache)) {
		if (cache->batch->count == BATCH_ENTRIES ||
		    length > BATCH_BYTES - cache->batch->length)
			store_batch(cache);
		if (!cache->stopped)
			add_to_batch(cache, key, bytes, length);
	}
	(void)pthread_mutex_unlock(&cache->batch_lock);
}

/* --- Searching --- */

/* The newest that knows it; *ret_age is 0 for the newest of all. */
static bool search(struct block_cache *cache, const uint8_t key[SHA256_SIZE],
		   void *bytes, size_t size, size_t *ret_length,
		   size_t *ret_age)
{
	const struct generations *generations = &cache->generations;

	for (size_t age = 0; age < generations->count; age++) {
		const struct generation *generation =
			&generations->list[generations->count - 1 - age];
		int r = block_store_get(generation->store, key, bytes, size,
					ret_length);

		if (r == 0) {
			*ret_age = age;
			return true;
		}
		if (r != -ENOENT)
			atomic_fetch_add(&cache->damaged, 1);
	}
	return false;
}

bool block_cache_get(struct block_cache *cache, const uint8_t key[SHA256_SIZE],
		     void *bytes, size_t size, size_t *ret_length)
{
	size_t length, age;
	bool found;

	(void)pthread_rwlock_rdlock(&cache->generations_lock);
	found = search(cache, key, bytes, size, &length, &age);
	(void)pthread_rwlock_unlock(&cache->generations_lock);
	atomic_fetch_add(&cache->asked, 1);
	if (!found)
		return false;
	atomic_fetch_add(&cache->found, 1);
	if (age >= GENERATIONS / 2)
		block_cache_put(cache, key, bytes, length);
	*ret_length = length;
	return true;
}
