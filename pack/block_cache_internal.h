/*
 * Shared by block_cache*.c and block_directory.c alone: the generations on the
 * disk.
 */
#ifndef JAILPACK_BLOCK_CACHE_INTERNAL_H
#define JAILPACK_BLOCK_CACHE_INTERNAL_H

#include "pack/block_cache.h"
#include "pack/block_store.h"

enum {
	GENERATIONS = 4,     /* that the bound is divided by */
	GENERATIONS_MAX = 8, /* there are more where the bound was raised */
};

struct generation {
	uint32_t number;
	struct block_store *store;
};

/* The cache's directory; what is in it changes under its lock alone. */
struct generations {
	char *path;
	int directory, lock; /* the descriptors */
	uint64_t bound;
	struct generation list[GENERATIONS_MAX]; /* the oldest first */
	size_t count;
};

#define GENERATIONS_INIT ((struct generations){ .directory = -1, .lock = -1 })

/* The cache's directory, made if it is not there; -EPERM if it is not the
 * user's own alone, -ENOTSUP on a file system that other hosts share. */
int block_directory_open(const char *path, int *ret_fd,
			 struct diag *diag) MUST_CHECK;

/*
 * Open the directory and all that is in it. *ret_damaged is how many
 * generations were damaged and are removed.
 */
int generations_open(struct generations *generations, const char *path,
		     uint64_t bound, size_t *ret_damaged,
		     struct diag *diag) MUST_CHECK;
void generations_done(struct generations *generations);

/* The lock, among processes. Waited for, but not for ever: whoever has it may
 * have been stopped. -ETIMEDOUT. */
int generations_lock(const struct generations *generations,
		     struct diag *diag) MUST_CHECK;
void generations_unlock(const struct generations *generations);

/* With the lock held: see what other processes have begun and removed. */
int generations_refresh(struct generations *generations,
			struct diag *diag) MUST_CHECK;

/* With the lock held: remove the oldest as far as the bound demands it, and
 * begin a new one. */
int generations_begin(struct generations *generations,
		      struct diag *diag) MUST_CHECK;

#endif
