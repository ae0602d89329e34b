#include "pack/squash_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Inodes are written children first: a directory's listing holds where its
 * children's inodes are. Returns here are the library's until the end.
 */

enum { NO_XATTRS = 0xffffffffU };

/* include/linux/kdev_t.h, new_encode_dev() */
static uint32_t encode_device(unsigned int major, unsigned int minor)
{
	return (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
}

static sqfs_inode_generic_t *special_inode(const struct node *node)
{
	size_t length = S_ISLNK(node->mode) ? strlen(node->target) : 0;
	sqfs_inode_generic_t *inode = calloc(1, sizeof(*inode) + length);

	if (!inode)
		return NULL;
	switch (node->mode & S_IFMT) {
	case S_IFLNK:
		inode->base.type = SQFS_INODE_SLINK;
		inode->data.slink.nlink = 1;
		inode->data.slink.target_size = (sqfs_u32)length;
		memcpy(inode->extra, node->target, length);
		break;
	case S_IFIFO:
	case S_IFSOCK:
		inode->base.type = S_ISFIFO(node->mode) ? SQFS_INODE_FIFO
							: SQFS_INODE_SOCKET;
		inode->data.ipc.nlink = 1;
		break;
	default:
		inode->base.type =
			S_ISBLK(node->mode) ? SQFS_INODE_BDEV : SQFS_INODE_CDEV;
		inode->data.dev.nlink = 1;
		inode->data.dev.devno = encode_device(node->major, node->minor);
		break;
	}
	return inode;
}

/* The listing of a directory whose children are all written. */
static int directory_inode(struct squash *squash, const struct node *node,
			   sqfs_inode_generic_t **ret_inode)
{
	const struct squash_entry *parent =
		node->parent ? node->parent->work : NULL;
	sqfs_inode_generic_t *inode;
	sqfs_u32 links = 2;
	int r = sqfs_dir_writer_begin(squash->entry_writer, 0);

	for (size_t i = 0; r == 0 && i < node->child_count; i++) {
		const struct node *child = node->children[i];
		const struct squash_entry *entry = child->work;

		links += S_ISDIR(child->mode);
		r = sqfs_dir_writer_add_entry(squash->entry_writer, child->name,
					      entry->number, entry->reference,
					      (sqfs_u16)child->mode);
	}
	if (r == 0)
		r = sqfs_dir_writer_end(squash->entry_writer);
	if (r)
		return r;
	/* The root's parent is said to be the inode after the last. */
	inode = sqfs_dir_writer_create_inode(
		squash->entry_writer, 0, NO_XATTRS,
		parent ? parent->number : squash->super.inode_count + 1);
	if (!inode)
		return SQFS_ERROR_ALLOC;
	if (inode->base.type == SQFS_INODE_DIR)
		inode->data.dir.nlink = links;
	else
		inode->data.dir_ext.nlink = links;
	*ret_inode = inode;
	return 0;
}

static int write_inode(struct squash *squash, struct squash_entry *entry,
		       sqfs_inode_generic_t *inode)
{
	const struct node *node = entry->node;
	sqfs_u64 block;
	sqfs_u32 offset;
	int r;

	inode->base.mode = (sqfs_u16)node->mode;
	inode->base.mod_time = squash->options->time;
	inode->base.inode_number = entry->number;
	if (inode->base.type == SQFS_INODE_EXT_FILE)
		inode->data.file_ext.nlink = 1;
	r = sqfs_inode_set_xattr_index(inode, NO_XATTRS);
	if (r == 0)
		r = sqfs_id_table_id_to_index(squash->ids, node->uid,
					      &inode->base.uid_idx);
	if (r == 0)
		r = sqfs_id_table_id_to_index(squash->ids, node->gid,
					      &inode->base.gid_idx);
	if (r)
		return r;
	sqfs_meta_writer_get_position(squash->inode_writer, &block, &offset);
	entry->reference = block << 16 | offset;
	return sqfs_meta_writer_write_inode(squash->inode_writer, inode);
}

static int write_node(struct squash *squash, struct node *node)
{
	struct squash_entry *entry = node->work;
	sqfs_inode_generic_t *inode = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < node->child_count; i++)
		r = write_node(squash, node->children[i]);
	if (r)
		return r;
	if (S_ISREG(node->mode))
		inode = steal_ptr(&entry->inode);
	else if (S_ISDIR(node->mode))
		r = directory_inode(squash, node, &inode);
	else
		inode = special_inode(node);
	if (r == 0)
		r = inode ? write_inode(squash, entry, inode)
			  : SQFS_ERROR_ALLOC;
	free(inode);
	return r;
}

static void number_nodes(const struct node *node, uint32_t *last)
{
	struct squash_entry *entry = node->work;

	for (size_t i = 0; i < node->child_count; i++)
		number_nodes(node->children[i], last);
	entry->number = ++*last;
}

static int write_tables(struct squash *squash)
{
	const struct squash_entry *root = squash->tree->root->work;
	sqfs_file_t *file = &squash->file.base;
	sqfs_super_t *super = &squash->super;
	int r = sqfs_meta_writer_flush(squash->inode_writer);

	if (r == 0)
		r = sqfs_meta_writer_flush(squash->directory_writer);
	super->root_inode_ref = root->reference;
	super->directory_table_start = squash->file.size;
	if (r == 0)
		r = sqfs_meta_write_write_to_file(squash->directory_writer);
	if (r == 0)
		r = sqfs_frag_table_write(squash->fragments, file, super,
					  squash->compressor);
	if (r == 0)
		r = sqfs_dir_writer_write_export_table(
			squash->entry_writer, file, squash->compressor,
			root->number, root->reference, super);
	if (r == 0)
		r = sqfs_id_table_write(squash->ids, file, super,
					squash->compressor);
	if (r)
		return r;
	super->flags |= SQFS_FLAG_NO_XATTRS;
	super->bytes_used = squash->file.size;
	return sqfs_super_write(super, file);
}

int squash_write_metadata(struct squash *squash)
{
	uint32_t last = 0;
	int r;

	squash->ids = sqfs_id_table_create(0);
	squash->inode_writer = sqfs_meta_writer_create(&squash->file.base,
						       squash->compressor, 0);
	squash->directory_writer =
		sqfs_meta_writer_create(&squash->file.base, squash->compressor,
					SQFS_META_WRITER_KEEP_IN_MEMORY);
	if (!squash->ids || !squash->inode_writer || !squash->directory_writer)
		return diag_oom(squash->diag);
	squash->entry_writer = sqfs_dir_writer_create(
		squash->directory_writer, SQFS_DIR_WRITER_CREATE_EXPORT_TABLE);
	if (!squash->entry_writer)
		return diag_oom(squash->diag);
	number_nodes(squash->tree->root, &last);
	squash->super.inode_count = last;
	squash->super.inode_table_start = squash->file.size;
	r = write_node(squash, squash->tree->root);
	if (r == 0)
		r = write_tables(squash);
	return r ? squash_error(squash->diag, r, &squash->file,
				"cannot write the file system")
		 : 0;
}
