/*
 * The sections of a jail image: one file that begins as a squashfs file
 * system, goes on with a manifest and its dm-verity hash tree, and ends in a
 * footer. jail-image(5) describes it byte by byte.
 *
 *   0                  squashfs, padded with zeros to 4096
 *   manifest_offset    manifest: header (magic, lengths), contract (JSON),
 *                      bill of materials (JSON), padded to 4096
 *   tree_offset        dm-verity superblock and hash tree over all before
 *   signature_offset   PKCS#7 over the root hash, or nothing
 *   file size - 128    footer
 *
 * The footer is not covered by the root hash. Nothing is therefore taken
 * from it that could mislead: every offset in it must be the one that
 * follows from the squashfs superblock and the manifest's own header, which
 * are covered, and the sections must follow one another without a gap up to
 * the last byte of the file.
 */
#ifndef JAIL_IMAGE_H
#define JAIL_IMAGE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/hashtree.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	IMAGE_ALIGNMENT = 4096,
	IMAGE_FOOTER_SIZE = 128,
	IMAGE_MANIFEST_HEADER_SIZE = 64,
	IMAGE_SIGNATURE_MAX = 64 << 10,
};

/* Where everything is, in bytes from the start of the file. */
struct image_layout {
	uint64_t squashfs_length; /* bytes_used of the superblock */
	uint64_t manifest_offset;
	uint64_t manifest_length; /* header and both documents, no padding */
	uint64_t contract_offset, contract_length;
	uint64_t bill_offset, bill_length;
	uint64_t tree_offset; /* also the length of what the tree covers */
	uint64_t tree_length;
	uint64_t signature_offset, signature_length; /* length 0: unsigned */
	uint64_t file_length;
	uint8_t root_hash[HASHTREE_DIGEST_SIZE]; /* as the footer claims */
};

/*
 * Read and cross-check the layout of an open image. -EBADMSG with the reason
 * for anything that is not a whole, well-formed image. This does not hash:
 * until image_verify() has agreed nothing read through the layout is to be
 * trusted.
 */
int image_read_layout(int fd, struct image_layout *ret_layout,
		      struct diag *diag) MUST_CHECK;

/*
 * The same, with what the root hash covers read from `covered_fd`: a device
 * that lets nothing through but what belongs to its root hash (dm-verity).
 * Where that is the root hash of the layout, all of the layout is to be
 * trusted.
 */
int image_read_layout_through(int covered_fd, int fd,
			      struct image_layout *ret_layout,
			      struct diag *diag) MUST_CHECK;

/* Whether what such a device lets through has the layout that was read before,
 * from the file: -EBADMSG if not. */
int image_check_layout(int covered_fd, const struct image_layout *layout,
		       struct diag *diag) MUST_CHECK;

/*
 * Hash what the tree covers and compare with the root hash of the layout;
 * with `whole`, compare every byte of the stored tree and superblock too.
 * -EBADMSG if they differ. `threads` as for hashtree_compute().
 */
int image_verify(int fd, const struct image_layout *layout, bool whole,
		 unsigned int threads, struct diag *diag) MUST_CHECK;

/* The two documents as text, appended. */
int image_read_contract(int fd, const struct image_layout *layout,
			struct buf *ret_json, struct diag *diag) MUST_CHECK;
int image_read_bill(int fd, const struct image_layout *layout,
		    struct buf *ret_json, struct diag *diag) MUST_CHECK;

/* The signature, appended; nothing if the image is not signed. */
int image_read_signature(int fd, const struct image_layout *layout,
			 struct buf *ret_der, struct diag *diag) MUST_CHECK;

/* 64 lower-case hexadecimal digits and a NUL. */
void root_hash_format(const uint8_t hash[HASHTREE_DIGEST_SIZE],
		      char ret_text[2 * HASHTREE_DIGEST_SIZE + 1]);

/*
 * Writing, for jailpack: the squashfs lies at the start of `fd`,
 * `squashfs_length` bytes, whatever follows is overwritten. Then, in order:
 * begin pads and reserves the header, the contract is written at once, the
 * bill piece by piece, and finish completes the header, appends tree and
 * footer and gives the layout of the finished file.
 */
struct image_writer {
	int fd;
	uint64_t offset;    /* where what is pending goes */
	struct buf pending; /* of the documents, not yet written */
	struct image_layout layout;
};

#define CLEANUP_IMAGE_WRITER CLEANUP(image_write_done)

/* Releases memory only; fine for one that is all zeros. */
void image_write_done(struct image_writer *writer);

int image_write_begin(struct image_writer *writer, int fd,
		      uint64_t squashfs_length, const struct buf *contract,
		      struct diag *diag) MUST_CHECK;
/* Fits struct bill_writer: `context` is the image writer. 0 or -errno. */
int image_write_bill(void *context, const void *data, size_t length) MUST_CHECK;
int image_write_finish(struct image_writer *writer, unsigned int threads,
		       struct image_layout *ret_layout,
		       struct diag *diag) MUST_CHECK;

/*
 * Give the image in `fd` this signature, none if it is empty, instead of the
 * one that it has: what lies behind the hash tree is written anew. -EFBIG for
 * one that is too long. `layout` becomes that of the changed file.
 */
int image_write_signature(int fd, struct image_layout *layout,
			  const struct buf *der, struct diag *diag) MUST_CHECK;

#endif
