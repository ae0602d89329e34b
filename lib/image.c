#include "lib/image.h"

#include "lib/bill.h"
#include "lib/config.h"
#include "lib/fdio.h"
#include "lib/image_format.h"
#include "lib/le.h"
#include "lib/sha256.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

void root_hash_format(const uint8_t hash[HASHTREE_DIGEST_SIZE],
		      char ret_text[2 * HASHTREE_DIGEST_SIZE + 1])
{
	sha256_format(hash, ret_text);
}

static bool all_zero(const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i])
			return false;
	}
	return true;
}

/* A short read here means that the file shrank since it was measured. */
static int read_at(int fd, void *data, size_t length, uint64_t offset,
		   const char *what, struct diag *diag)
{
	int r = pread_all(fd, data, length, offset);

	return r < 0 ? diag_errno(diag, r, "cannot read its %s", what) : 0;
}

static int measure(int fd, uint64_t *ret_length, struct diag *diag)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at it");
	if (!S_ISREG(status.st_mode))
		return diag_set(diag, -EBADMSG, "it is not a regular file");
	*ret_length = (uint64_t)status.st_size;
	return 0;
}

/* What a file is that lacks our footer, said as helpfully as can be. */
static int not_an_image(int fd, struct diag *diag)
{
	uint8_t magic[4];

	if (pread_all(fd, magic, sizeof(magic), 0) < 0 ||
	    le32_get(magic) != SQUASHFS_MAGIC)
		return diag_set(diag, -EBADMSG, "it is not a jail image");
	(void)diag_set(diag, -EBADMSG,
		       "it is a squashfs file system, but has no jail image's "
		       "footer at its end");
	diag_hint(diag, "has it been cut off, or was it made by another tool "
			"than jailpack?");
	return -EBADMSG;
}

static int unknown_version(struct diag *diag, uint32_t version)
{
	(void)diag_set(diag, -EBADMSG,
		       "it has version %" PRIu32
		       " of the image format; only %d is known",
		       version, IMAGE_VERSION);
	diag_hint(diag, "it was made by another version of jailpack");
	return -EBADMSG;
}

/* A section that begins where it must not, or does not end where it must. */
static int misplaced(struct diag *diag, const char *what, uint64_t got,
		     uint64_t wanted)
{
	return diag_set(diag, -EBADMSG,
			"its %s is %" PRIu64 " where it should be %" PRIu64,
			what, got, wanted);
}

static int read_footer(int fd, struct image_layout *layout, struct diag *diag)
{
	uint8_t footer[IMAGE_FOOTER_SIZE];
	int r;

	if (layout->file_length < IMAGE_FOOTER_SIZE)
		return not_an_image(fd, diag);
	r = read_at(fd, footer, sizeof(footer),
		    layout->file_length - IMAGE_FOOTER_SIZE, "footer", diag);
	if (r < 0)
		return r;
	if (memcmp(footer + FOOTER_MAGIC_AT, FOOTER_MAGIC, MAGIC_SIZE) != 0)
		return not_an_image(fd, diag);
	if (le32_get(footer + FOOTER_VERSION_AT) != IMAGE_VERSION)
		return unknown_version(diag,
				       le32_get(footer + FOOTER_VERSION_AT));
	if (le32_get(footer + FOOTER_SIZE_AT) != IMAGE_FOOTER_SIZE ||
	    !all_zero(footer + FOOTER_RESERVED_AT,
		      IMAGE_FOOTER_SIZE - FOOTER_RESERVED_AT))
		return diag_set(diag, -EBADMSG, "its footer is damaged");
	layout->squashfs_length = le64_get(footer + FOOTER_SQUASHFS_LENGTH_AT);
	layout->manifest_offset = le64_get(footer + FOOTER_MANIFEST_OFFSET_AT);
	layout->manifest_length = le64_get(footer + FOOTER_MANIFEST_LENGTH_AT);
	layout->tree_offset = le64_get(footer + FOOTER_TREE_OFFSET_AT);
	layout->tree_length = le64_get(footer + FOOTER_TREE_LENGTH_AT);
	layout->signature_offset =
		le64_get(footer + FOOTER_SIGNATURE_OFFSET_AT);
	layout->signature_length =
		le64_get(footer + FOOTER_SIGNATURE_LENGTH_AT);
	memcpy(layout->root_hash, footer + FOOTER_ROOT_HASH_AT,
	       sizeof(layout->root_hash));
	return 0;
}

/* Nothing may be added up or read before this agreed: no sum of lengths can
 * overflow then. */
static int check_bounds(const struct image_layout *layout, struct diag *diag)
{
	const struct {
		const char *what;
		uint64_t value;
	} bounds[] = {
		{ "squashfs length", layout->squashfs_length },
		{ "manifest offset", layout->manifest_offset },
		{ "manifest length", layout->manifest_length },
		{ "hash tree offset", layout->tree_offset },
		{ "hash tree length", layout->tree_length },
		{ "signature offset", layout->signature_offset },
		{ "signature length", layout->signature_length },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		if (bounds[i].value > layout->file_length)
			return diag_set(diag, -EBADMSG,
					"its %s, %" PRIu64
					", is more than the whole file has",
					bounds[i].what, bounds[i].value);
	}
	if (layout->signature_length > IMAGE_SIGNATURE_MAX)
		return diag_set(diag, -EBADMSG,
				"its signature of %" PRIu64
				" bytes is longer than any can be",
				layout->signature_length);
	return 0;
}

static int check_squashfs(int fd, const struct image_layout *layout,
			  struct diag *diag)
{
	uint8_t super[SQUASHFS_SUPER_SIZE];
	uint64_t used;
	int r;

	if (layout->squashfs_length < sizeof(super))
		return diag_set(diag, -EBADMSG,
				"its squashfs length is too small for one");
	r = read_at(fd, super, sizeof(super), 0, "squashfs superblock", diag);
	if (r < 0)
		return r;
	if (le32_get(super) != SQUASHFS_MAGIC)
		return diag_set(diag, -EBADMSG,
				"it does not begin as a squashfs file system");
	if (le16_get(super + SQUASHFS_MAJOR_AT) != 4 ||
	    le16_get(super + SQUASHFS_MINOR_AT) != 0)
		return diag_set(diag, -EBADMSG,
				"its squashfs is not of version 4.0");
	used = le64_get(super + SQUASHFS_BYTES_USED_AT);
	if (used != layout->squashfs_length)
		return misplaced(diag, "squashfs length in the footer",
				 layout->squashfs_length, used);
	return 0;
}

static int check_manifest(int fd, struct image_layout *layout,
			  struct diag *diag)
{
	uint8_t header[IMAGE_MANIFEST_HEADER_SIZE];
	int r;

	if (layout->manifest_length < sizeof(header))
		return diag_set(diag, -EBADMSG,
				"its manifest length is too small for one");
	r = read_at(fd, header, sizeof(header), layout->manifest_offset,
		    "manifest", diag);
	if (r < 0)
		return r;
	if (memcmp(header + MANIFEST_MAGIC_AT, MANIFEST_MAGIC, MAGIC_SIZE) != 0)
		return diag_set(diag, -EBADMSG,
				"its manifest does not begin as one");
	if (le32_get(header + MANIFEST_VERSION_AT) != IMAGE_VERSION ||
	    le32_get(header + MANIFEST_SIZE_AT) != IMAGE_MANIFEST_HEADER_SIZE)
		return diag_set(diag, -EBADMSG,
				"its manifest has an unknown version");
	if (!all_zero(header + MANIFEST_RESERVED_AT,
		      IMAGE_MANIFEST_HEADER_SIZE - MANIFEST_RESERVED_AT))
		return diag_set(diag, -EBADMSG,
				"its manifest's header is damaged");
	layout->contract_length = le64_get(header + MANIFEST_CONTRACT_AT);
	layout->bill_length = le64_get(header + MANIFEST_BILL_AT);
	if (layout->contract_length > CONFIG_BYTES_MAX)
		return diag_set(diag, -EBADMSG,
				"its contract is longer than any can be");
	if (layout->bill_length > BILL_BYTES_MAX)
		return diag_set(diag, -EBADMSG,
				"its bill of materials is longer than any can "
				"be");
	layout->contract_offset =
		layout->manifest_offset + IMAGE_MANIFEST_HEADER_SIZE;
	layout->bill_offset = layout->contract_offset + layout->contract_length;
	if (layout->manifest_length != IMAGE_MANIFEST_HEADER_SIZE +
					       layout->contract_length +
					       layout->bill_length)
		return diag_set(diag, -EBADMSG,
				"its manifest's documents do not fill it");
	return 0;
}

/* Between the end of a section and the next multiple of 4096. */
static int check_padding(int fd, uint64_t end, const char *what,
			 struct diag *diag)
{
	uint8_t padding[IMAGE_ALIGNMENT];
	size_t length = (size_t)(image_align(end) - end);
	int r = read_at(fd, padding, length, end, what, diag);

	if (r < 0)
		return r;
	if (!all_zero(padding, length))
		return diag_set(diag, -EBADMSG,
				"the space behind its %s is not empty", what);
	return 0;
}

/* Each section begins where the one before it ends, up to the last byte. */
static int check_order(const struct image_layout *layout, struct diag *diag)
{
	uint64_t manifest_end =
		layout->manifest_offset + layout->manifest_length;
	uint64_t end;

	if (layout->tree_offset != image_align(manifest_end))
		return misplaced(diag, "hash tree offset", layout->tree_offset,
				 image_align(manifest_end));
	if (layout->tree_length != hashtree_length(layout->tree_offset))
		return misplaced(diag, "hash tree length", layout->tree_length,
				 hashtree_length(layout->tree_offset));
	end = layout->tree_offset + layout->tree_length;
	if (layout->signature_offset != end)
		return misplaced(diag, "signature offset",
				 layout->signature_offset, end);
	end += layout->signature_length + IMAGE_FOOTER_SIZE;
	if (layout->file_length != end)
		return misplaced(diag, "file length", layout->file_length, end);
	return 0;
}

/* What the footer claims, against what the root hash covers; and what stands
 * there alone. */
static int check_layout(int covered_fd, struct image_layout *layout,
			struct diag *diag)
{
	int r = check_bounds(layout, diag);

	if (r == 0)
		r = check_squashfs(covered_fd, layout, diag);
	if (r == 0 &&
	    layout->manifest_offset != image_align(layout->squashfs_length))
		r = misplaced(diag, "manifest offset", layout->manifest_offset,
			      image_align(layout->squashfs_length));
	if (r == 0)
		r = check_manifest(covered_fd, layout, diag);
	if (r == 0)
		r = check_order(layout, diag);
	if (r == 0)
		r = check_padding(covered_fd, layout->squashfs_length,
				  "squashfs", diag);
	if (r == 0)
		r = check_padding(covered_fd,
				  layout->manifest_offset +
					  layout->manifest_length,
				  "manifest", diag);
	return r;
}

int image_read_layout_through(int covered_fd, int fd,
			      struct image_layout *ret_layout,
			      struct diag *diag)
{
	struct image_layout layout = { 0 };
	int r = measure(fd, &layout.file_length, diag);

	if (r == 0)
		r = read_footer(fd, &layout, diag);
	if (r == 0)
		r = check_layout(covered_fd, &layout, diag);
	if (r == 0)
		*ret_layout = layout;
	return r;
}

int image_check_layout(int covered_fd, const struct image_layout *layout,
		       struct diag *diag)
{
	struct image_layout found = *layout;
	int r = check_layout(covered_fd, &found, diag);

	if (r == 0 && (found.contract_offset != layout->contract_offset ||
		       found.contract_length != layout->contract_length ||
		       found.bill_length != layout->bill_length))
		return diag_set(diag, -EBADMSG,
				"its manifest has other documents than it had");
	return r;
}

int image_read_layout(int fd, struct image_layout *ret_layout,
		      struct diag *diag)
{
	return image_read_layout_through(fd, fd, ret_layout, diag);
}

static int read_document(int fd, uint64_t offset, uint64_t length,
			 const char *what, struct buf *json, struct diag *diag)
{
	CLEANUP_FREE char *text = malloc((size_t)length + 1);
	int r;

	if (!text)
		return diag_oom(diag);
	r = read_at(fd, text, (size_t)length, offset, what, diag);
	if (r < 0)
		return r;
	buf_append(json, text, (size_t)length);
	return buf_check(json) < 0 ? diag_oom(diag) : 0;
}

int image_read_contract(int fd, const struct image_layout *layout,
			struct buf *ret_json, struct diag *diag)
{
	return read_document(fd, layout->contract_offset,
			     layout->contract_length, "contract", ret_json,
			     diag);
}

int image_read_bill(int fd, const struct image_layout *layout,
		    struct buf *ret_json, struct diag *diag)
{
	return read_document(fd, layout->bill_offset, layout->bill_length,
			     "bill of materials", ret_json, diag);
}

int image_read_signature(int fd, const struct image_layout *layout,
			 struct buf *ret_der, struct diag *diag)
{
	if (!layout->signature_length)
		return 0;
	return read_document(fd, layout->signature_offset,
			     layout->signature_length, "signature", ret_der,
			     diag);
}
