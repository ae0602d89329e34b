/*
 * A tree written as a squashfs 4.0 file system, by libsquashfs: this is the
 * only file that knows the library. Same tree, same options, same bytes, at
 * any number of threads.
 */
#ifndef JAILPACK_SQUASH_H
#define JAILPACK_SQUASH_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/tree.h"

#include <stdint.h>

struct squash_options {
	const char *compressor; /* "zstd", "xz", "gzip", "lz4"; NULL: zstd */
	int level;		/* 0: 15 for zstd, the library's otherwise */
	uint32_t block_size;	/* a power of two, 4096 to 1 MiB; 0: 131072 */
	unsigned int threads;	/* 0: as many as this process may use */
	uint32_t time;		/* of every inode, seconds since 1970 */
	/* Called with the digest of each regular file's content. */
	int (*digest)(struct node *node, const uint8_t sha256[32],
		      void *context);
	void (*progress)(void *context, uint64_t bytes_done,
			 uint64_t bytes_all);
	void *context;
};

/* Refuses a compressor that is not built in and a level out of its range. */
int squash_check_options(const struct squash_options *options,
			 struct diag *diag) MUST_CHECK;

/*
 * Write the file system at the start of the empty file `fd`. *ret_length is
 * bytes_used: what follows it is not padded.
 */
int squash_write(const struct tree *tree, const struct squash_options *options,
		 int fd, uint64_t *ret_length, struct diag *diag) MUST_CHECK;

#endif
