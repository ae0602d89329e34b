/*
 * A tree written as a squashfs 4.0 file system, by libsquashfs: this is the
 * only file that knows the library. Same tree, same options, same bytes, at
 * any number of threads, with a block cache and without.
 */
#ifndef JAILPACK_SQUASH_H
#define JAILPACK_SQUASH_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/tree.h"

#include <stdint.h>

struct block_cache;

struct squash_options {
	const char *compressor; /* "zstd", "xz", "gzip", "lz4"; NULL: zstd */
	int level;		/* SQUASH_DEFAULT_LEVEL: 15 for zstd, 9 for
				   gzip, 6 for xz; lz4 has none */
	uint32_t block_size;	/* a power of two, 4096 to 1 MiB; 0: 131072 */
	unsigned int threads;	/* 0: as many as this process may use */
	uint32_t time;		/* of every inode, seconds since 1970 */
	struct block_cache *cache; /* NULL: everything is compressed */
	/* Called now and then, from the calling thread; may be NULL. A negative
	 * errno stops the work, with that error. */
	int (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_all);
	void *context;
};

enum { SQUASH_DEFAULT_LEVEL = -1 };

/* Refuses a compressor that is not built in and a level out of its range. */
int squash_check_options(const struct squash_options *options,
			 struct diag *diag) MUST_CHECK;

/*
 * Write the file system at the start of the empty file `fd`, which must be
 * open for reading too. *ret_length is bytes_used: what follows it is not
 * padded. Every regular file's node receives the digest of its content, and
 * each file that is the same as an earlier one shares that one's blocks. The
 * nodes' `work` is used and left NULL.
 */
int squash_write(const struct tree *tree, const struct squash_options *options,
		 int fd, uint64_t *ret_length, struct diag *diag) MUST_CHECK;

#endif
