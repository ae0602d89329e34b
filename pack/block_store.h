/*
 * One generation of the block cache, a directory of its own:
 *
 *     index        LMDB: the key of a block -> where its bytes are
 *     index-lock   LMDB's
 *     blocks       the compressed bytes, one after the other
 *
 * Nothing is ever removed from it but all of it. The bytes are beside the
 * index, not in it: what is read out of LMDB's map counts as memory of the
 * process, and a map that the disk cannot supply ends it with SIGBUS, where
 * read(2) only fails.
 *
 * What a killed process leaves is a whole index and bytes in `blocks` that
 * nothing points to. A power failure leaves a whole index as well, but perhaps
 * not the bytes that it points to: every entry has a digest over key and
 * bytes, which is compared whenever it is used.
 */
#ifndef JAILPACK_BLOCK_STORE_H
#define JAILPACK_BLOCK_STORE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"

#include <stdbool.h>
#include <stdint.h>

enum { BLOCK_STORE_ENTRY_SIZE = 44 }; /* of the index, for a key */

/* A block to be stored. */
struct block_entry {
	uint8_t key[SHA256_SIZE];
	uint32_t length; /* 0: it does not become smaller */
	size_t offset;	 /* of its bytes in what is given with it */
	bool replace;	 /* what is there is damaged */
};

struct block_store;

/*
 * The generation in `path`, which is begun if it is empty, with all its files
 * together no larger than `bound` bytes.
 */
int block_store_open(const char *path, uint64_t bound,
		     struct block_store **ret_store,
		     struct diag *diag) MUST_CHECK;
void block_store_close(struct block_store *store);

/*
 * Whether the index in `path` can be used at all. LMDB trusts the pages that
 * it reads, so a child process looks at them first: it is the child that a
 * damaged one ends. For a process without threads. 0 if it is whole, not there,
 * or cannot be opened for a reason that block_store_open() will tell; -EBADMSG
 * if it is damaged; another errno if there can be no child. No diagnostic.
 */
int block_store_check(const char *path) MUST_CHECK;

/*
 * The bytes that were stored under `key`, at most `size`; from any thread.
 * *ret_length is 0 for a block that does not become smaller. -ENOENT if it is
 * not known, -EBADMSG if its entry is damaged. No diagnostic.
 */
int block_store_get(const struct block_store *store,
		    const uint8_t key[SHA256_SIZE], void *bytes, size_t size,
		    size_t *ret_length) MUST_CHECK;

/*
 * Store all of the entries or none; those that are there already stay. Only
 * one process at a time may do this. -EFBIG without a diagnostic if they do not
 * fit within the bound any more.
 */
int block_store_put(struct block_store *store,
		    const struct block_entry *entries, size_t count,
		    const uint8_t *bytes, struct diag *diag) MUST_CHECK;

#endif
