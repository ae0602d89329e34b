#include "pack/squash_tree.h"

#include <endian.h>
#include <string.h>
#include <sys/stat.h>

/* Returns here are the library's. */

enum {
	BLOCK_SIZE_MIN = 4096,
	BLOCK_SIZE_MAX = 1 << 20,
	METADATA_BLOCK_SIZE = 8192,
	METADATA_BLOCK_MIN = 3, /* on disk: its header and a byte */
	/* The size of a listing counts "." and "..", which are not there. */
	LISTING_EXTRA = 3,
	LISTING_ENTRIES_MAX = 256, /* behind one header */
	INODE_SIZE_MIN = 20,
	NO_FRAGMENT = 0xffffffffU,
};

/* --- The superblock --- */

uint64_t squash_directories_end(const sqfs_super_t *super)
{
	uint64_t end = super->id_table_start;

	/* What there is none of starts at the greatest number. */
	if (super->fragment_table_start < end)
		end = super->fragment_table_start;
	if (super->export_table_start < end)
		end = super->export_table_start;
	return end;
}

/* What the inodes can take at most, however well they are compressed. */
static uint64_t inode_bytes_max(const sqfs_super_t *super)
{
	return (super->directory_table_start - super->inode_table_start) /
	       METADATA_BLOCK_MIN * METADATA_BLOCK_SIZE;
}

int squash_check_super(const sqfs_super_t *super, uint64_t length)
{
	if (super->block_size < BLOCK_SIZE_MIN ||
	    super->block_size > BLOCK_SIZE_MAX)
		return SQFS_ERROR_SUPER_BLOCK_SIZE;
	switch (super->compression_id) {
	case SQFS_COMP_GZIP:
	case SQFS_COMP_XZ:
	case SQFS_COMP_LZ4:
	case SQFS_COMP_ZSTD:
		break;
	default:
		return SQFS_ERROR_UNSUPPORTED;
	}
	/* The last block of each file may be a fragment, and no other. */
	if (super->bytes_used > length || super->inode_count == 0 ||
	    super->inode_count > SQUASH_FILES_MAX ||
	    super->inode_count > inode_bytes_max(super) / INODE_SIZE_MIN ||
	    super->fragment_entry_count > super->inode_count ||
	    super->inode_table_start >= super->directory_table_start ||
	    super->directory_table_start > squash_directories_end(super) ||
	    super->id_table_start >= super->bytes_used)
		return SQFS_ERROR_CORRUPTED;
	return 0;
}

/* --- Inodes --- */

struct reading {
	const struct squash_tables *tables;
	uint8_t *met;	 /* bit n: the inode of number n + 1 was */
	uint32_t listed; /* files, the root too */
};

static int seek_inode(const struct squash_tables *tables, uint64_t reference)
{
	return sqfs_meta_reader_seek(tables->inodes,
				     tables->super->inode_table_start +
					     (reference >> 16),
				     reference & 0xffff);
}

static int read_some(const struct squash_tables *tables, void *data,
		     size_t size)
{
	return sqfs_meta_reader_read(tables->inodes, data, size);
}

/* What is to be read of a directory. */
struct listing {
	uint32_t block, size;
	uint16_t offset;
};

static int read_directory_inode(const struct squash_tables *tables,
				bool extended, struct listing *listing)
{
	sqfs_inode_dir_ext_t more;
	sqfs_inode_dir_t plain;
	int r = extended ? read_some(tables, &more, sizeof(more))
			 : read_some(tables, &plain, sizeof(plain));

	if (r)
		return r;
	*listing = extended ? (struct listing){ le32toh(more.start_block),
						le32toh(more.size),
						le16toh(more.offset) }
			    : (struct listing){ le32toh(plain.start_block),
						le16toh(plain.size),
						le16toh(plain.offset) };
	return 0;
}

/* The sizes of its blocks follow, and must fit where the inodes are. */
static int check_blocks(const sqfs_super_t *super, uint64_t size,
			uint32_t fragment)
{
	uint64_t table =
		super->directory_table_start - super->inode_table_start;
	uint64_t most = table / METADATA_BLOCK_MIN * METADATA_BLOCK_SIZE /
			sizeof(uint32_t);
	uint64_t count = size / super->block_size;

	if (size % super->block_size && fragment == NO_FRAGMENT)
		count++;
	return count > most ? SQFS_ERROR_CORRUPTED : 0;
}

static int read_file_inode(const struct squash_tables *tables, bool extended,
			   struct squash_node *node)
{
	sqfs_inode_file_ext_t more;
	sqfs_inode_file_t plain;
	uint32_t fragment;
	int r = extended ? read_some(tables, &more, sizeof(more))
			 : read_some(tables, &plain, sizeof(plain));

	if (r)
		return r;
	node->size =
		extended ? le64toh(more.file_size) : le32toh(plain.file_size);
	fragment = le32toh(extended ? more.fragment_idx : plain.fragment_index);
	if (node->size > INT64_MAX)
		return SQFS_ERROR_CORRUPTED;
	return check_blocks(tables->super, node->size, fragment);
}

static int read_link_inode(const struct squash_tables *tables,
			   struct squash_node *node)
{
	sqfs_inode_slink_t link;
	int r = read_some(tables, &link, sizeof(link));

	if (r)
		return r;
	node->size = le32toh(link.target_size);
	return node->size == 0 || node->size > SQUASH_TARGET_MAX
		       ? SQFS_ERROR_CORRUPTED
		       : 0;
}

static int read_device_inode(const struct squash_tables *tables,
			     struct squash_node *node)
{
	sqfs_inode_dev_t device;
	int r = read_some(tables, &device, sizeof(device));

	if (r == 0)
		node->device = le32toh(device.devno);
	return r;
}

/* The kind of a file by the type of its inode; 0 if there is no such type. */
static mode_t kind_of(unsigned int type)
{
	static const mode_t kinds[] = {
		[SQFS_INODE_DIR] = S_IFDIR,	[SQFS_INODE_FILE] = S_IFREG,
		[SQFS_INODE_SLINK] = S_IFLNK,	[SQFS_INODE_BDEV] = S_IFBLK,
		[SQFS_INODE_CDEV] = S_IFCHR,	[SQFS_INODE_FIFO] = S_IFIFO,
		[SQFS_INODE_SOCKET] = S_IFSOCK,
	};

	if (type >= SQFS_INODE_EXT_DIR)
		type -= SQFS_INODE_EXT_DIR - SQFS_INODE_DIR;
	return type < ARRAY_SIZE(kinds) ? kinds[type] : 0;
}

/*
 * Every inode has a number of its own and belongs to one file: what is listed
 * twice could go on without an end.
 */
static int meet(struct reading *reading, uint32_t number)
{
	uint32_t bit = number - 1;
	uint8_t mask = (uint8_t)(1U << bit % 8);

	if (bit >= reading->tables->super->inode_count ||
	    (reading->met[bit / 8] & mask))
		return SQFS_ERROR_CORRUPTED;
	reading->met[bit / 8] |= mask;
	return 0;
}

/* What all inodes begin with; *ret_type is the file system's. */
static int read_base(struct reading *reading, struct squash_node *node,
		     unsigned int *ret_type)
{
	const struct squash_tables *tables = reading->tables;
	sqfs_inode_t base;
	int r = seek_inode(tables, node->reference);

	if (r == 0)
		r = read_some(tables, &base, sizeof(base));
	if (r == 0)
		r = meet(reading, le32toh(base.inode_number));
	if (r == 0)
		r = sqfs_id_table_index_to_id(
			tables->ids, le16toh(base.uid_idx), &node->uid);
	if (r == 0)
		r = sqfs_id_table_index_to_id(
			tables->ids, le16toh(base.gid_idx), &node->gid);
	if (r)
		return r;
	*ret_type = le16toh(base.type);
	node->mode = kind_of(*ret_type) | (le16toh(base.mode) & ALLPERMS);
	node->time = le32toh(base.mod_time);
	return 0;
}

/* All but name and children; of a directory, where its listing is. */
static int read_head(struct reading *reading, struct squash_node *node,
		     struct listing *listing)
{
	const struct squash_tables *tables = reading->tables;
	unsigned int type;
	int r = read_base(reading, node, &type);

	if (r)
		return r;
	switch (node->mode & S_IFMT) {
	case S_IFDIR:
		return read_directory_inode(tables, type == SQFS_INODE_EXT_DIR,
					    listing);
	case S_IFREG:
		return read_file_inode(tables, type == SQFS_INODE_EXT_FILE,
				       node);
	case S_IFLNK:
		return read_link_inode(tables, node);
	case S_IFBLK:
	case S_IFCHR:
		return read_device_inode(tables, node);
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	default:
		return SQFS_ERROR_CORRUPTED;
	}
}

int squash_read_inode(const struct squash_tables *tables,
		      const struct squash_node *node,
		      sqfs_inode_generic_t **ret_inode)
{
	return sqfs_meta_reader_read_inode(tables->inodes, tables->super,
					   node->reference >> 16,
					   node->reference & 0xffff, ret_inode);
}

/* --- Directories --- */

static bool is_name(const char *name, size_t length)
{
	return length <= SQUASH_NAME_MAX && strlen(name) == length &&
	       !memchr(name, '/', length) && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/* One entry behind a header; *size is what it takes of the listing. */
static int read_entry(struct reading *reading, struct squash_node *node,
		      const sqfs_dir_header_t *header, uint32_t *size)
{
	CLEANUP_FREE sqfs_dir_entry_t *entry = NULL;
	const char *before =
		node->child_count ? node->children[node->child_count - 1].name
				  : "";
	struct squash_node *child;
	size_t length;
	int r = sqfs_meta_reader_read_dir_ent(reading->tables->directories,
					      &entry);

	if (r)
		return r;
	length = (size_t)entry->size + 1;
	*size = (uint32_t)(sizeof(*entry) + length);
	if (!is_name((const char *)entry->name, length) ||
	    strcmp(before, (const char *)entry->name) >= 0 ||
	    reading->listed++ >= reading->tables->super->inode_count)
		return SQFS_ERROR_CORRUPTED;
	if (array_grow(&node->children, node->child_count, sizeof(*child)) < 0)
		return SQFS_ERROR_ALLOC;
	child = &node->children[node->child_count++];
	*child = (struct squash_node){
		.name = strdup((const char *)entry->name),
		.reference =
			(uint64_t)header->start_block << 16 | entry->offset,
	};
	return child->name ? 0 : SQFS_ERROR_ALLOC;
}

static int read_listing(struct reading *reading, struct squash_node *node,
			const struct listing *listing)
{
	const struct squash_tables *tables = reading->tables;
	uint32_t left = listing->size;
	int r;

	if (left <= LISTING_EXTRA)
		return 0;
	left -= LISTING_EXTRA;
	r = sqfs_meta_reader_seek(tables->directories,
				  tables->super->directory_table_start +
					  listing->block,
				  listing->offset);
	while (r == 0 && left) {
		sqfs_dir_header_t header;

		r = sqfs_meta_reader_read_dir_header(tables->directories,
						     &header);
		if (r)
			return r;
		if (left < sizeof(header) ||
		    header.count >= LISTING_ENTRIES_MAX)
			return SQFS_ERROR_CORRUPTED;
		left -= (uint32_t)sizeof(header);
		for (uint32_t i = 0; i <= header.count; i++) {
			uint32_t size = 0;

			r = read_entry(reading, node, &header, &size);
			if (r)
				return r;
			if (size > left)
				return SQFS_ERROR_CORRUPTED;
			left -= size;
		}
	}
	return r;
}

/*
 * The node's inode and what is beneath it. `length` is that of its path: it
 * bounds the depth.
 */
static int read_node(struct reading *reading, struct squash_node *node,
		     size_t length)
{
	struct listing listing = { 0 };
	int r = read_head(reading, node, &listing);

	if (r || !S_ISDIR(node->mode))
		return r;
	r = read_listing(reading, node, &listing);
	for (size_t i = 0; r == 0 && i < node->child_count; i++) {
		struct squash_node *child = &node->children[i];
		size_t child_length = length + 1 + strlen(child->name);

		r = child_length > SQUASH_PATH_MAX
			    ? SQFS_ERROR_CORRUPTED
			    : read_node(reading, child, child_length);
	}
	return r;
}

int squash_tree_read(const struct squash_tables *tables,
		     struct squash_node *root)
{
	CLEANUP_FREE uint8_t *met =
		calloc(tables->super->inode_count / 8 + 1, 1);
	struct reading reading = { .tables = tables, .met = met, .listed = 1 };
	int r;

	*root = (struct squash_node){
		.name = strdup(""),
		.reference = tables->super->root_inode_ref,
	};
	if (!met || !root->name)
		return SQFS_ERROR_ALLOC;
	r = read_node(&reading, root, 0);
	return r == 0 && !S_ISDIR(root->mode) ? SQFS_ERROR_CORRUPTED : r;
}

void squash_tree_done(struct squash_node *root)
{
	for (size_t i = 0; i < root->child_count; i++)
		squash_tree_done(&root->children[i]);
	free(root->children);
	free(root->name);
	*root = (struct squash_node){ 0 };
}
