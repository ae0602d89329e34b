#include "pack/squash_read.h"

#include "lib/buf.h"
#include "lib/sha256.h"
#include "pack/squash_internal.h"

#include <errno.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir_reader.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_SIZE = 128 << 10 };

struct reading {
	struct squash_file file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor;
	sqfs_id_table_t *ids;
	sqfs_dir_reader_t *directories;
	sqfs_data_reader_t *data;
	sqfs_tree_node_t *root;
	uint8_t *buffer;
	struct buf path; /* of the file that is being visited */
	int (*visit)(const struct bill_file *file, void *context);
	void *context;
	struct diag *diag;
};

static int library_error(struct reading *reading, int sqfs_error)
{
	return squash_error(reading->diag, sqfs_error, &reading->file,
			    "cannot read the file system");
}

static int open_readers(struct reading *reading)
{
	sqfs_compressor_config_t config;
	sqfs_file_t *file = &reading->file.base;
	int r = sqfs_super_read(&reading->super, file);

	if (r == 0)
		r = sqfs_compressor_config_init(
			&config, (SQFS_COMPRESSOR)reading->super.compression_id,
			reading->super.block_size, SQFS_COMP_FLAG_UNCOMPRESS);
	if (r == 0)
		r = sqfs_compressor_create(&config, &reading->compressor);
	if (r)
		return r;
	reading->ids = sqfs_id_table_create(0);
	reading->directories = sqfs_dir_reader_create(
		&reading->super, reading->compressor, file, 0);
	reading->data = sqfs_data_reader_create(file, reading->super.block_size,
						reading->compressor, 0);
	if (!reading->ids || !reading->directories || !reading->data)
		return SQFS_ERROR_ALLOC;
	r = sqfs_id_table_read(reading->ids, file, &reading->super,
			       reading->compressor);
	if (r == 0)
		r = sqfs_data_reader_load_fragment_table(reading->data,
							 &reading->super);
	if (r == 0)
		r = sqfs_dir_reader_get_full_hierarchy(reading->directories,
						       reading->ids, NULL, 0,
						       &reading->root);
	return r;
}

static int hash_file(struct reading *reading, const sqfs_inode_generic_t *inode,
		     struct bill_file *file)
{
	struct sha256 hash;
	uint64_t done = 0;
	int r = sqfs_inode_get_file_size(inode, &file->size);

	if (r)
		return library_error(reading, r);
	sha256_init(&hash);
	while (done < file->size) {
		sqfs_s32 got = sqfs_data_reader_read(
			reading->data, inode, done, reading->buffer, READ_SIZE);

		if (got < 0)
			return library_error(reading, got);
		if (got == 0)
			return library_error(reading, SQFS_ERROR_CORRUPTED);
		sha256_update(&hash, reading->buffer, (size_t)got);
		done += (uint64_t)got;
	}
	sha256_final(&hash, file->digest);
	file->has_digest = true;
	return 0;
}

static void get_device(const sqfs_inode_generic_t *inode,
		       struct bill_file *file)
{
	bool extended = inode->base.type == SQFS_INODE_EXT_BDEV ||
			inode->base.type == SQFS_INODE_EXT_CDEV;
	uint32_t number =
		extended ? inode->data.dev_ext.devno : inode->data.dev.devno;

	/* include/linux/kdev_t.h, new_decode_dev() */
	file->major = number >> 8 & 0xfff;
	file->minor = (number & 0xff) | (number >> 12 & 0xfff00);
}

static char *get_target(const sqfs_inode_generic_t *inode)
{
	size_t length = inode->base.type == SQFS_INODE_EXT_SLINK
				? inode->data.slink_ext.target_size
				: inode->data.slink.target_size;

	return strndup((const char *)inode->extra, length);
}

static int visit_node(struct reading *reading, const sqfs_tree_node_t *node)
{
	CLEANUP_FREE char *target = NULL;
	struct bill_file file = {
		.path = reading->path.data,
		.mode = node->inode->base.mode,
		.uid = node->uid,
		.gid = node->gid,
		.package = BILL_NO_PACKAGE,
	};
	int r = 0;

	if (S_ISREG(file.mode)) {
		r = hash_file(reading, node->inode, &file);
	} else if (S_ISLNK(file.mode)) {
		file.target = target = get_target(node->inode);
		if (!target)
			r = diag_oom(reading->diag);
	} else if (S_ISCHR(file.mode) || S_ISBLK(file.mode)) {
		get_device(node->inode, &file);
	}
	return r < 0 ? r : reading->visit(&file, reading->context);
}

static int walk(struct reading *reading, const sqfs_tree_node_t *node)
{
	size_t length = reading->path.length;
	int r;

	/* The root's children come right behind its slash. */
	if (length != 1 || !node->parent)
		buf_putc(&reading->path, '/');
	buf_puts(&reading->path, (const char *)node->name);
	if (buf_check(&reading->path) < 0)
		return diag_oom(reading->diag);
	r = visit_node(reading, node);
	for (const sqfs_tree_node_t *child = node->children; child && r == 0;
	     child = child->next)
		r = walk(reading, child);
	reading->path.length = length;
	reading->path.data[length] = '\0';
	return r;
}

static void close_readers(struct reading *reading)
{
	if (reading->root)
		sqfs_dir_tree_destroy(reading->root);
	sqfs_destroy(reading->data);
	sqfs_destroy(reading->directories);
	sqfs_destroy(reading->ids);
	sqfs_destroy(reading->compressor);
	free(reading->buffer);
	buf_done(&reading->path);
}

int squash_read(int fd, uint64_t length,
		int (*visit)(const struct bill_file *file, void *context),
		void *context, struct diag *diag)
{
	struct reading reading = {
		.buffer = malloc(READ_SIZE),
		.path = BUF_INIT,
		.visit = visit,
		.context = context,
		.diag = diag,
	};
	int r;

	squash_file_init(&reading.file, fd, length);
	if (!reading.buffer)
		return diag_oom(diag);
	r = open_readers(&reading);
	r = r ? library_error(&reading, r) : walk(&reading, reading.root);
	close_readers(&reading);
	return r;
}
