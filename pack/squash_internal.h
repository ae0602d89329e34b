/*
 * Shared by the files squash*.c, the only ones that know libsquashfs.
 */
#ifndef JAILPACK_SQUASH_INTERNAL_H
#define JAILPACK_SQUASH_INTERNAL_H

#include "pack/squash.h"

#include <sqfs/block_processor.h>
#include <sqfs/block_writer.h>
#include <sqfs/compressor.h>
#include <sqfs/dir_writer.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>

/* The library's view of a descriptor; its own opens by path. */
struct squash_file {
	sqfs_file_t base;
	int fd;
	uint64_t size;
	uint64_t flushed; /* the kernel was asked to write up to here */
	int error;	  /* negative errno of what failed */
};

/* `size` is what the file system takes of it at the moment. Never destroyed:
 * whoever embeds it owns the descriptor. */
void squash_file_init(struct squash_file *file, int fd, uint64_t size);

/* The words and the errno for an SQFS_ERROR, or for what `file` met. */
int squash_error(struct diag *diag, int sqfs_error,
		 const struct squash_file *file, const char *doing);

/* What is known of a node while the file system is written. */
struct squash_entry {
	struct node *node;
	sqfs_inode_generic_t *inode; /* of a regular file */
	struct squash_entry *same;   /* earlier file with the same content */
	uint64_t reference;	     /* of the inode, once written */
	uint32_t number;	     /* of the inode */
	bool size_shared;	     /* another file has this size */
};

/* Files by their digest: open addressing. */
struct digest_table {
	struct squash_entry **slots;
	size_t size; /* a power of two, at least twice what goes in */
};

struct squash {
	const struct tree *tree;
	const struct squash_options *options;
	uint32_t block_size;
	struct diag *diag;
	struct squash_entry *entries; /* in the order of tree_walk() */
	size_t entry_count;
	uint64_t bytes_done, bytes_all;
	struct digest_table digests;
	uint8_t *buffer; /* for what is read */

	struct squash_file file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor, *decompressor;
	sqfs_block_writer_t *block_writer;
	sqfs_frag_table_t *fragments;
	sqfs_block_processor_t *processor;
	sqfs_id_table_t *ids;
	sqfs_meta_writer_t *inode_writer, *directory_writer;
	sqfs_dir_writer_t *entry_writer;
};

/* The configuration for options that were checked. */
int squash_compressor_config(const struct squash_options *options,
			     sqfs_compressor_config_t *ret_config,
			     struct diag *diag) MUST_CHECK;

/* A compressor that asks the cache before the one behind it, which it owns from
 * then on. NULL: out of memory, and `behind` is still the caller's. */
sqfs_compressor_t *squash_cached_compressor(sqfs_compressor_t *behind,
					    struct block_cache *cache);

/* All regular files' content: blocks, fragments, digests. */
int squash_write_data(struct squash *squash) MUST_CHECK;

/* Inodes, directories and all tables behind them. */
int squash_write_metadata(struct squash *squash) MUST_CHECK;

#endif
