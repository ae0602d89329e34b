/*
 * Where the numbers of a jail image stand: shared by those who read and
 * write it, of no concern to anybody else. jail-image(5) is the source.
 */
#ifndef JAIL_IMAGE_FORMAT_H
#define JAIL_IMAGE_FORMAT_H

#include "lib/image.h"

#define FOOTER_MAGIC "JAILPACK"
#define MANIFEST_MAGIC "JAILMANI"

enum {
	IMAGE_VERSION = 1, /* of footer and manifest */
	MAGIC_SIZE = 8,

	MANIFEST_MAGIC_AT = 0,
	MANIFEST_VERSION_AT = 8,
	MANIFEST_SIZE_AT = 12,
	MANIFEST_CONTRACT_AT = 16,
	MANIFEST_BILL_AT = 24,
	MANIFEST_RESERVED_AT = 32,

	FOOTER_MAGIC_AT = 0,
	FOOTER_VERSION_AT = 8,
	FOOTER_SIZE_AT = 12,
	FOOTER_SQUASHFS_LENGTH_AT = 16,
	FOOTER_MANIFEST_OFFSET_AT = 24,
	FOOTER_MANIFEST_LENGTH_AT = 32,
	FOOTER_TREE_OFFSET_AT = 40,
	FOOTER_TREE_LENGTH_AT = 48,
	FOOTER_SIGNATURE_OFFSET_AT = 56,
	FOOTER_SIGNATURE_LENGTH_AT = 64,
	FOOTER_ROOT_HASH_AT = 72,
	FOOTER_RESERVED_AT = 104,

	/* Documentation/filesystems/squashfs.rst and the squashfs format
	 * description of squashfs-tools-ng */
	SQUASHFS_MAGIC = 0x73717368,
	SQUASHFS_MAJOR_AT = 28,
	SQUASHFS_MINOR_AT = 30,
	SQUASHFS_BYTES_USED_AT = 40,
	SQUASHFS_SUPER_SIZE = 96,
};

static inline uint64_t image_align(uint64_t offset)
{
	return (offset + IMAGE_ALIGNMENT - 1) / IMAGE_ALIGNMENT *
	       IMAGE_ALIGNMENT;
}

#endif
