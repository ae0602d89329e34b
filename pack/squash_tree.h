/*
 * The directories and inodes of a squashfs file system, read without trust:
 * for squash_read.c alone.
 *
 * libsquashfs can read a whole hierarchy by itself, but takes sizes, depth and
 * number as the file system claims them. Here every listing and every inode is
 * looked at before the library is asked to read it, and there are limits.
 *
 * Format: https://dr-emann.github.io/squashfs/ and squashfs_fs.h of Linux.
 */
#ifndef JAILPACK_SQUASH_TREE_H
#define JAILPACK_SQUASH_TREE_H

#include "lib/base.h"
#include "pack/squash_internal.h"

#include <sqfs/dir.h>
#include <sqfs/meta_reader.h>
#include <sys/types.h>

enum {
	SQUASH_FILES_MAX = 1 << 21,
	SQUASH_PATH_MAX = 4095,
	SQUASH_NAME_MAX = 255,
	SQUASH_TARGET_MAX = 4095, /* of a symbolic link */
};

struct squash_node {
	char *name;	    /* "" for the root */
	uint64_t reference; /* of the inode */
	mode_t mode;
	uint32_t uid, gid;
	uint32_t time;
	uint64_t size;	 /* of a regular file; of a link's target */
	uint32_t device; /* as the file system numbers it */
	struct squash_node *children; /* of a directory, in strcmp order */
	size_t child_count;
};

/* What a tree is read from; nothing of it is owned. */
struct squash_tables {
	const sqfs_super_t *super;
	const sqfs_id_table_t *ids;
	sqfs_meta_reader_t *inodes;
	sqfs_meta_reader_t *directories;
};

/* 0, or an SQFS_ERROR for a superblock that cannot be that of an image. */
int squash_check_super(const sqfs_super_t *super, uint64_t length) MUST_CHECK;

/* Where the listings end that begin at super->directory_table_start. */
uint64_t squash_directories_end(const sqfs_super_t *super);

/*
 * Read the whole tree. 0 or an SQFS_ERROR; *root is to be given to
 * squash_tree_done() in either case.
 */
int squash_tree_read(const struct squash_tables *tables,
		     struct squash_node *root) MUST_CHECK;
void squash_tree_done(struct squash_node *root);

/* The inode of a regular file or of a link, whole; free() it. Its size was
 * checked when the tree was read. 0 or an SQFS_ERROR. */
int squash_read_inode(const struct squash_tables *tables,
		      const struct squash_node *node,
		      sqfs_inode_generic_t **ret_inode) MUST_CHECK;

#endif
