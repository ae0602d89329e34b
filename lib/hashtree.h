/*
 * The dm-verity hash tree: format 1, SHA-256, 4096-byte data and hash blocks,
 * no salt. What hashtree_write() puts down, superblock included, is byte for
 * byte what `veritysetup format --salt=- --hash-offset=` writes with the same
 * UUID.
 *
 * Format: Documentation/admin-guide/device-mapper/verity.rst of Linux and
 * cryptsetup's docs/on-disk-format for the superblock.
 */
#ifndef JAIL_HASHTREE_H
#define JAIL_HASHTREE_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdint.h>

enum {
	HASHTREE_BLOCK_SIZE = 4096,
	HASHTREE_DIGEST_SIZE = 32,
};

/* Bytes of superblock and tree over `data_length` bytes, a multiple of the
 * block size and not 0. */
uint64_t hashtree_length(uint64_t data_length);

/*
 * Hash the first `data_length` bytes of `fd` with up to `threads` threads
 * (0: one for each processor that this process may use; small inputs use
 * fewer) and give the root hash. If `ret_tree` is not NULL it receives the
 * whole section, hashtree_length() bytes, which the caller frees.
 */
int hashtree_compute(int fd, uint64_t data_length, unsigned int threads,
		     uint8_t ret_root[HASHTREE_DIGEST_SIZE], uint8_t **ret_tree,
		     struct diag *diag) MUST_CHECK;

#endif
