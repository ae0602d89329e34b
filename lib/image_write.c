#include "lib/image.h"

#include "lib/bill.h"
#include "lib/config.h"
#include "lib/fdio.h"
#include "lib/image_format.h"
#include "lib/le.h"

#include <errno.h>
#include <string.h>

/* The bill comes in small pieces; they are written in large ones. */
enum { PENDING_MAX = 64 << 10 };

static int flush(struct image_writer *writer)
{
	int r = buf_check(&writer->pending);

	if (r == 0)
		r = pwrite_all(writer->fd, writer->pending.data,
			       writer->pending.length, writer->offset);
	if (r < 0)
		return r;
	writer->offset += writer->pending.length;
	buf_reset(&writer->pending);
	return 0;
}

static int cannot_write(struct diag *diag, int error)
{
	return diag_errno(diag, error, "cannot write the image");
}

/* Zeros up to the next multiple of 4096: by making the file longer. */
static int pad(struct image_writer *writer)
{
	uint64_t end = image_align(writer->offset);

	if (ftruncate(writer->fd, (off_t)end) < 0)
		return -errno;
	writer->offset = end;
	return 0;
}

void image_write_done(struct image_writer *writer)
{
	buf_done(&writer->pending);
}

int image_write_begin(struct image_writer *writer, int fd,
		      uint64_t squashfs_length, const struct buf *contract,
		      struct diag *diag)
{
	struct image_layout *layout = &writer->layout;
	int r = 0;

	*writer = (struct image_writer){ .fd = fd, .offset = squashfs_length };
	if (contract->length > CONFIG_BYTES_MAX)
		return diag_set(diag, -EFBIG, "the contract is too long");
	/* What was left behind the file system must not show as padding. */
	if (ftruncate(fd, (off_t)squashfs_length) < 0)
		r = -errno;
	if (r == 0)
		r = pad(writer);
	if (r < 0)
		return cannot_write(diag, r);
	layout->squashfs_length = squashfs_length;
	layout->manifest_offset = writer->offset;
	layout->contract_offset =
		layout->manifest_offset + IMAGE_MANIFEST_HEADER_SIZE;
	layout->contract_length = contract->length;
	layout->bill_offset = layout->contract_offset + contract->length;
	/* The header waits for the length of the bill. */
	writer->offset = layout->contract_offset;
	buf_append(&writer->pending, contract->data, contract->length);
	return 0;
}

int image_write_bill(void *context, const void *data, size_t length)
{
	struct image_writer *writer = context;

	if (length > BILL_BYTES_MAX - writer->layout.bill_length)
		return -EFBIG;
	writer->layout.bill_length += length;
	buf_append(&writer->pending, data, length);
	return writer->pending.length < PENDING_MAX ? 0 : flush(writer);
}

static int write_header(struct image_writer *writer)
{
	uint8_t header[IMAGE_MANIFEST_HEADER_SIZE] = { 0 };

	memcpy(header + MANIFEST_MAGIC_AT, MANIFEST_MAGIC, MAGIC_SIZE);
	le32_put(header + MANIFEST_VERSION_AT, IMAGE_VERSION);
	le32_put(header + MANIFEST_SIZE_AT, IMAGE_MANIFEST_HEADER_SIZE);
	le64_put(header + MANIFEST_CONTRACT_AT, writer->layout.contract_length);
	le64_put(header + MANIFEST_BILL_AT, writer->layout.bill_length);
	return pwrite_all(writer->fd, header, sizeof(header),
			  writer->layout.manifest_offset);
}

/* It ends the file, behind whatever signature there is. */
static int write_footer(int fd, struct image_layout *layout)
{
	uint64_t at = layout->signature_offset + layout->signature_length;
	uint8_t footer[IMAGE_FOOTER_SIZE] = { 0 };

	memcpy(footer + FOOTER_MAGIC_AT, FOOTER_MAGIC, MAGIC_SIZE);
	le32_put(footer + FOOTER_VERSION_AT, IMAGE_VERSION);
	le32_put(footer + FOOTER_SIZE_AT, IMAGE_FOOTER_SIZE);
	le64_put(footer + FOOTER_SQUASHFS_LENGTH_AT, layout->squashfs_length);
	le64_put(footer + FOOTER_MANIFEST_OFFSET_AT, layout->manifest_offset);
	le64_put(footer + FOOTER_MANIFEST_LENGTH_AT, layout->manifest_length);
	le64_put(footer + FOOTER_TREE_OFFSET_AT, layout->tree_offset);
	le64_put(footer + FOOTER_TREE_LENGTH_AT, layout->tree_length);
	le64_put(footer + FOOTER_SIGNATURE_OFFSET_AT, layout->signature_offset);
	le64_put(footer + FOOTER_SIGNATURE_LENGTH_AT, layout->signature_length);
	memcpy(footer + FOOTER_ROOT_HASH_AT, layout->root_hash,
	       sizeof(layout->root_hash));
	layout->file_length = at + sizeof(footer);
	return pwrite_all(fd, footer, sizeof(footer), at);
}

int image_write_signature(int fd, struct image_layout *layout,
			  const struct buf *der, struct diag *diag)
{
	int r;

	if (buf_check(der) < 0)
		return diag_oom(diag);
	if (der->length > IMAGE_SIGNATURE_MAX)
		return diag_set(diag, -EFBIG,
				"a signature has at most %d bytes, and this "
				"one %zu",
				IMAGE_SIGNATURE_MAX, der->length);
	layout->signature_length = der->length;
	r = pwrite_all(fd, der->data, der->length, layout->signature_offset);
	if (r == 0)
		r = write_footer(fd, layout);
	if (r == 0 && ftruncate(fd, (off_t)layout->file_length) < 0)
		r = -errno;
	return r < 0 ? cannot_write(diag, r) : 0;
}

int image_write_finish(struct image_writer *writer, unsigned int threads,
		       struct image_layout *ret_layout, struct diag *diag)
{
	struct image_layout *layout = &writer->layout;
	CLEANUP_FREE uint8_t *tree = NULL;
	int r;

	r = flush(writer);
	if (r == 0) {
		layout->manifest_length =
			writer->offset - layout->manifest_offset;
		r = pad(writer);
	}
	if (r == 0)
		r = write_header(writer);
	if (r < 0)
		return cannot_write(diag, r);
	layout->tree_offset = writer->offset;
	layout->tree_length = hashtree_length(layout->tree_offset);
	r = hashtree_compute(writer->fd, layout->tree_offset, threads,
			     layout->root_hash, &tree, diag);
	if (r < 0)
		return r;
	r = pwrite_all(writer->fd, tree, (size_t)layout->tree_length,
		       writer->offset);
	if (r < 0)
		return cannot_write(diag, r);
	layout->signature_offset = writer->offset + layout->tree_length;
	r = write_footer(writer->fd, layout);
	if (r < 0)
		return cannot_write(diag, r);
	*ret_layout = *layout;
	return 0;
}
