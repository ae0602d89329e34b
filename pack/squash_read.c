#include "pack/squash_read.h"

#include "lib/buf.h"
#include "pack/squash_tree.h"

#include <errno.h>
#include <sqfs/block.h>
#include <sqfs/data_reader.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_SIZE = 128 << 10 };

/* A file system that is open, and what is read of it. */
struct squash_reader {
	struct squash_file file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor;
	sqfs_id_table_t *ids;
	sqfs_meta_reader_t *inodes, *directories;
	sqfs_data_reader_t *data;
	struct squash_tables tables; /* those above */
	struct squash_node root;
	uint8_t *buffer;
};

static int library_error(struct squash_reader *reader, int sqfs_error,
			 struct diag *diag)
{
	return squash_error(diag, sqfs_error, &reader->file,
			    "cannot read the file system");
}

/* --- Opening --- */

static int create_readers(struct squash_reader *reader)
{
	const sqfs_super_t *super = &reader->super;
	sqfs_file_t *file = &reader->file.base;

	reader->ids = sqfs_id_table_create(0);
	reader->inodes = sqfs_meta_reader_create(file, reader->compressor,
						 super->inode_table_start,
						 super->directory_table_start);
	reader->directories = sqfs_meta_reader_create(
		file, reader->compressor, super->directory_table_start,
		squash_directories_end(super));
	reader->data = sqfs_data_reader_create(file, super->block_size,
					       reader->compressor, 0);
	if (!reader->ids || !reader->inodes || !reader->directories ||
	    !reader->data)
		return SQFS_ERROR_ALLOC;
	reader->tables = (struct squash_tables){
		.super = super,
		.ids = reader->ids,
		.inodes = reader->inodes,
		.directories = reader->directories,
	};
	return 0;
}

static int open_tables(struct squash_reader *reader)
{
	sqfs_compressor_config_t config;
	sqfs_file_t *file = &reader->file.base;
	int r = sqfs_super_read(&reader->super, file);

	if (r == 0)
		r = squash_check_super(&reader->super, reader->file.size);
	if (r == 0)
		r = sqfs_compressor_config_init(
			&config, (SQFS_COMPRESSOR)reader->super.compression_id,
			reader->super.block_size, SQFS_COMP_FLAG_UNCOMPRESS);
	if (r == 0)
		r = sqfs_compressor_create(&config, &reader->compressor);
	if (r == 0)
		r = create_readers(reader);
	if (r == 0)
		r = sqfs_id_table_read(reader->ids, file, &reader->super,
				       reader->compressor);
	if (r == 0)
		r = sqfs_data_reader_load_fragment_table(reader->data,
							 &reader->super);
	if (r == 0)
		r = squash_tree_read(&reader->tables, &reader->root);
	return r;
}

void squash_reader_close(struct squash_reader *reader)
{
	if (!reader)
		return;
	squash_tree_done(&reader->root);
	sqfs_destroy(reader->data);
	sqfs_destroy(reader->directories);
	sqfs_destroy(reader->inodes);
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
read_content(struct squash_reader *reader, const struct squash_node *node,
	     int (*take)(const void *data, size_t length, void *context),
	     void *context, struct diag *diag)
{
	CLEANUP_FREE sqfs_inode_generic_t *inode = NULL;
	int r = squash_read_inode(&reader->tables, node, &inode);

	if (r)
		return library_error(reader, r, diag);
	for (uint64_t done = 0; done < node->size;) {
		sqfs_s32 got = sqfs_data_reader_read(reader->data, inode, done,
						     reader->buffer, READ_SIZE);

		if (got <= 0)
			return library_error(
				reader, got ? got : SQFS_ERROR_CORRUPTED, diag);
		r = take(reader->buffer, (size_t)got, context);
		if (r)
			return r;
		done += (uint64_t)got;
	}
	return 0;
}

/* What is looked for: the `length` bytes at `name`. */
struct name {
	const char *name;
	size_t length;
};

static int compare_name(const void *key, const void *element)
{
	const struct name *name = key;
	const struct squash_node *node = element;
	int order = strncmp(name->name, node->name, name->length);

	return order ? order : -(node->name[name->length] != '\0');
}

static const struct squash_node *find_node(const struct squash_reader *reader,
					   const char *path)
{
	const struct squash_node *node = &reader->root;

	while (node && *path) {
		struct name name = { .name = path + strspn(path, "/") };

		name.length = strcspn(name.name, "/");
		if (name.length)
			node = node->child_count
				       ? bsearch(&name, node->children,
						 node->child_count,
						 sizeof(*node), compare_name)
				       : NULL;
		path = name.name + name.length;
	}
	return node;
}

int squash_reader_content(struct squash_reader *reader, const char *path,
			  int (*take)(const void *data, size_t length,
				      void *context),
			  void *context, struct diag *diag)
{
	const struct squash_node *node = find_node(reader, path);

	if (!node)
		return diag_set(diag, -ENOENT, "%s is not in the file system",
				path);
	if (!S_ISREG(node->mode))
		return diag_set(diag, -EINVAL, "%s is not a regular file",
				path);
	return read_content(reader, node, take, context, diag);
}

/* --- Where the data is --- */

struct ranges {
	struct block_index_range *list;
	size_t count;
};

static int add_range(struct ranges *ranges, uint64_t offset, uint32_t size)
{
	uint32_t length = SQFS_ON_DISK_BLOCK_SIZE(size);

	if (length == 0) /* a hole */
		return 0;
	if (ranges->count == BLOCK_INDEX_BLOCKS_MAX)
		return SQFS_ERROR_OVERFLOW;
	if (array_grow(&ranges->list, ranges->count, sizeof(*ranges->list)) < 0)
		return SQFS_ERROR_ALLOC;
	ranges->list[ranges->count++] = (struct block_index_range){
		.offset = offset,
		.length = length,
	};
	return 0;
}

static int add_file(struct squash_reader *reader,
		    const struct squash_node *node, struct ranges *ranges)
{
	CLEANUP_FREE sqfs_inode_generic_t *inode = NULL;
	sqfs_u64 offset;
	int r = squash_read_inode(&reader->tables, node, &inode);

	if (r == 0)
		r = sqfs_inode_get_file_block_start(inode, &offset);
	for (size_t i = 0; r == 0 && i < sqfs_inode_get_file_block_count(inode);
	     i++) {
		r = add_range(ranges, offset, inode->extra[i]);
		offset += SQFS_ON_DISK_BLOCK_SIZE(inode->extra[i]);
	}
	return r;
}

static int add_files(struct squash_reader *reader,
		     const struct squash_node *node, struct ranges *ranges)
{
	int r = S_ISREG(node->mode) ? add_file(reader, node, ranges) : 0;

	for (size_t i = 0; r == 0 && i < node->child_count; i++)
		r = add_files(reader, &node->children[i], ranges);
	return r;
}

static int add_fragments(struct squash_reader *reader, struct ranges *ranges)
{
	sqfs_frag_table_t *table = sqfs_frag_table_create(0);
	int r = table ? 0 : SQFS_ERROR_ALLOC;

	if (r == 0 && reader->super.fragment_entry_count)
		r = sqfs_frag_table_read(table, &reader->file.base,
					 &reader->super, reader->compressor);
	for (size_t i = 0; r == 0 && i < sqfs_frag_table_get_size(table); i++) {
		sqfs_fragment_t fragment;

		r = sqfs_frag_table_lookup(table, (uint32_t)i, &fragment);
		if (r == 0)
			r = add_range(ranges, fragment.start_offset,
				      fragment.size);
	}
	sqfs_destroy(table);
	return r;
}

int squash_reader_ranges(struct squash_reader *reader,
			 struct block_index_range **ret_ranges,
			 size_t *ret_count, struct diag *diag)
{
	struct ranges ranges = { 0 };
	int r = add_files(reader, &reader->root, &ranges);

	if (r == 0)
		r = add_fragments(reader, &ranges);
	if (r) {
		free(ranges.list);
		return library_error(reader, r, diag);
	}
	*ret_ranges = ranges.list;
	*ret_count = ranges.count;
	return 0;
}

/* --- Walking --- */

struct walk {
	struct squash_reader *reader;
	struct buf path; /* of the file that is being visited */
	int (*visit)(const struct bill_file *file, uint32_t time,
		     void *context);
	void *context;
	struct diag *diag;
};

static int get_target(struct squash_reader *reader,
		      const struct squash_node *node, char **ret_target,
		      struct diag *diag)
{
	CLEANUP_FREE sqfs_inode_generic_t *inode = NULL;
	CLEANUP_FREE char *target = NULL;
	int r = squash_read_inode(&reader->tables, node, &inode);

	if (r)
		return library_error(reader, r, diag);
	target = strndup((const char *)inode->extra, node->size);
	if (!target)
		return diag_oom(diag);
	if (strlen(target) != node->size)
		return library_error(reader, SQFS_ERROR_CORRUPTED, diag);
	*ret_target = steal_ptr(&target);
	return 0;
}

static int visit_node(struct walk *walk, const struct squash_node *node)
{
	CLEANUP_FREE char *target = NULL;
	struct bill_file file = {
		.path = walk->path.data,
		.mode = node->mode,
		.uid = node->uid,
		.gid = node->gid,
		.package = BILL_NO_PACKAGE,
	};

	if (S_ISREG(file.mode)) {
		file.size = node->size;
	} else if (S_ISLNK(file.mode)) {
		int r = get_target(walk->reader, node, &target, walk->diag);

		if (r < 0)
			return r;
		file.target = target;
	} else if (S_ISCHR(file.mode) || S_ISBLK(file.mode)) {
		/* include/linux/kdev_t.h, new_decode_dev() */
		file.major = node->device >> 8 & 0xfff;
		file.minor =
			(node->device & 0xff) | (node->device >> 12 & 0xfff00);
	}
	return walk->visit(&file, node->time, walk->context);
}

static int walk_node(struct walk *walk, const struct squash_node *node)
{
	size_t length = walk->path.length;
	int r;

	/* The root's children come right behind its slash. */
	if (length != 1)
		buf_putc(&walk->path, '/');
	buf_puts(&walk->path, node->name);
	if (buf_check(&walk->path) < 0)
		return diag_oom(walk->diag);
	r = visit_node(walk, node);
	for (size_t i = 0; r == 0 && i < node->child_count; i++)
		r = walk_node(walk, &node->children[i]);
	walk->path.length = length;
	walk->path.data[length] = '\0';
	return r;
}

int squash_reader_walk(struct squash_reader *reader,
		       int (*visit)(const struct bill_file *file, uint32_t time,
				    void *context),
		       void *context, struct diag *diag)
{
	struct walk walk = {
		.reader = reader,
		.visit = visit,
		.context = context,
		.diag = diag,
	};
	int r = walk_node(&walk, &reader->root);

	buf_done(&walk.path);
	return r;
}
