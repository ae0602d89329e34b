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

/* A file system that is open, and what is read of it. */
struct squash_reader {
	struct squash_file file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor;
	sqfs_id_table_t *ids;
	sqfs_dir_reader_t *directories;
	sqfs_data_reader_t *data;
	sqfs_tree_node_t *root;
	uint8_t *buffer;
};

struct walk {
	struct squash_reader *reader;
	struct buf path; /* of the file that is being visited */
	int (*visit)(const struct bill_file *file, void *context);
	void *context;
	struct diag *diag;
};

static int library_error(struct squash_reader *reader, int sqfs_error,
			 struct diag *diag)
{
	return squash_error(diag, sqfs_error, &reader->file,
			    "cannot read the file system");
}

/* --- Opening --- */

static int open_tables(struct squash_reader *reader)
{
	sqfs_compressor_config_t config;
	sqfs_file_t *file = &reader->file.base;
	int r = sqfs_super_read(&reader->super, file);

	if (r == 0)
		r = sqfs_compressor_config_init(
			&config, (SQFS_COMPRESSOR)reader->super.compression_id,
			reader->super.block_size, SQFS_COMP_FLAG_UNCOMPRESS);
	if (r == 0)
		r = sqfs_compressor_create(&config, &reader->compressor);
	if (r)
		return r;
	reader->ids = sqfs_id_table_create(0);
	reader->directories = sqfs_dir_reader_create(
		&reader->super, reader->compressor, file, 0);
	reader->data = sqfs_data_reader_create(file, reader->super.block_size,
					       reader->compressor, 0);
	if (!reader->ids || !reader->directories || !reader->data)
		return SQFS_ERROR_ALLOC;
	r = sqfs_id_table_read(reader->ids, file, &reader->super,
			       reader->compressor);
	if (r == 0)
		r = sqfs_data_reader_load_fragment_table(reader->data,
							 &reader->super);
	if (r == 0)
		r = sqfs_dir_reader_get_full_hierarchy(reader->directories,
						       reader->ids, NULL, 0,
						       &reader->root);
	return r;
}

void squash_reader_close(struct squash_reader *reader)
{
	if (!reader)
		return;
	if (reader->root)
		sqfs_dir_tree_destroy(reader->root);
	sqfs_destroy(reader->data);
	sqfs_destroy(reader->directories);
	sqfs_destroy(reader->ids);
	sqfs_destroy(reader->compressor);
	free(reader->buffer);
	free(reader);
}

int squash_reader_open(int fd, uint64_t length,
		       struct squash_reader **ret_reader, struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader =
		calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return diag_oom(diag);
	reader->buffer = malloc(READ_SIZE);
	if (!reader->buffer)
		return diag_oom(diag);
	squash_file_init(&reader->file, fd, length);
	r = open_tables(reader);
	if (r)
		return library_error(reader, r, diag);
	*ret_reader = steal_ptr(&reader);
	return 0;
}

/* --- Contents --- */

static int
read_content(struct squash_reader *reader, const sqfs_inode_generic_t *inode,
	     int (*take)(const void *data, size_t length, void *context),
	     void *context, struct diag *diag)
{
	uint64_t size, done = 0;
	int r = sqfs_inode_get_file_size(inode, &size);

	if (r)
		return library_error(reader, r, diag);
	while (done < size) {
		sqfs_s32 got = sqfs_data_reader_read(reader->data, inode, done,
						     reader->buffer, READ_SIZE);

		if (got < 0)
			return library_error(reader, got, diag);
		if (got == 0)
			return library_error(reader, SQFS_ERROR_CORRUPTED,
					     diag);
		r = take(reader->buffer, (size_t)got, context);
		if (r)
			return r;
		done += (uint64_t)got;
	}
	return 0;
}

/* The child whose name is the `length` bytes at `name`, or NULL. */
static const sqfs_tree_node_t *find_child(const sqfs_tree_node_t *node,
					  const char *name, size_t length)
{
	for (node = node->children; node; node = node->next) {
		const char *known = (const char *)node->name;

		if (strncmp(known, name, length) == 0 && !known[length])
			return node;
	}
	return NULL;
}

static const sqfs_tree_node_t *find_node(const struct squash_reader *reader,
					 const char *path)
{
	const sqfs_tree_node_t *node = reader->root;

	while (node && *path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length)
			node = find_child(node, path, length);
		path += length;
	}
	return node;
}

int squash_reader_content(struct squash_reader *reader, const char *path,
			  int (*take)(const void *data, size_t length,
				      void *context),
			  void *context, struct diag *diag)
{
	const sqfs_tree_node_t *node = find_node(reader, path);

	if (!node)
		return diag_set(diag, -ENOENT, "%s is not in the file system",
				path);
	if (!S_ISREG(node->inode->base.mode))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				path);
	return read_content(reader, node->inode, take, context, diag);
}

/* --- Walking --- */

static int hash_piece(const void *data, size_t length, void *context)
{
	sha256_update(context, data, length);
	return 0;
}

static int hash_file(const struct walk *walk, const sqfs_inode_generic_t *inode,
		     struct bill_file *file)
{
	struct sha256 hash;
	int r = sqfs_inode_get_file_size(inode, &file->size);

	if (r)
		return library_error(walk->reader, r, walk->diag);
	sha256_init(&hash);
	r = read_content(walk->reader, inode, hash_piece, &hash, walk->diag);
	if (r < 0)
		return r;
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

static int visit_node(struct walk *walk, const sqfs_tree_node_t *node)
{
	CLEANUP_FREE char *target = NULL;
	struct bill_file file = {
		.path = walk->path.data,
		.mode = node->inode->base.mode,
		.uid = node->uid,
		.gid = node->gid,
		.package = BILL_NO_PACKAGE,
	};
	int r = 0;

	if (S_ISREG(file.mode)) {
		r = hash_file(walk, node->inode, &file);
	} else if (S_ISLNK(file.mode)) {
		file.target = target = get_target(node->inode);
		if (!target)
			r = diag_oom(walk->diag);
	} else if (S_ISCHR(file.mode) || S_ISBLK(file.mode)) {
		get_device(node->inode, &file);
	}
	return r < 0 ? r : walk->visit(&file, walk->context);
}

static int walk_node(struct walk *walk, const sqfs_tree_node_t *node)
{
	size_t length = walk->path.length;
	int r;

	/* The root's children come right behind its slash. */
	if (length != 1 || !node->parent)
		buf_putc(&walk->path, '/');
	buf_puts(&walk->path, (const char *)node->name);
	if (buf_check(&walk->path) < 0)
		return diag_oom(walk->diag);
	r = visit_node(walk, node);
	for (const sqfs_tree_node_t *child = node->children; child && r == 0;
	     child = child->next)
		r = walk_node(walk, child);
	walk->path.length = length;
	walk->path.data[length] = '\0';
	return r;
}

int squash_read(int fd, uint64_t length,
		int (*visit)(const struct bill_file *file, void *context),
		void *context, struct diag *diag)
{
	CLEANUP_SQUASH_READER struct squash_reader *reader = NULL;
	struct walk walk = { .visit = visit, .context = context, .diag = diag };
	int r = squash_reader_open(fd, length, &reader, diag);

	if (r < 0)
		return r;
	walk.reader = reader;
	r = walk_node(&walk, reader->root);
	buf_done(&walk.path);
	return r;
}
