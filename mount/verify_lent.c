/* An image that another supervisor has verified. */
#include "mount/verify_steps.h"

#include <errno.h>
#include <string.h>

#include "lib/fdio.h"
#include "mount/verity.h"

static bool same_root_hash(const struct image_layout *one,
			   const struct image_layout *other)
{
	return memcmp(one->root_hash, other->root_hash,
		      sizeof(one->root_hash)) == 0;
}

/* What no root hash covers, byte by byte: the signature and the footer. */
static int compare_rest(int file, int copy, const struct image_layout *layout)
{
	uint64_t offset = layout->signature_offset;
	size_t length = (size_t)(layout->file_length - offset);
	CLEANUP_FREE char *rest = malloc(2 * length);
	int error = rest ? pread_all(file, rest, length, offset) : -ENOMEM;

	if (error == 0)
		error = pread_all(copy, rest + length, length, offset);
	if (error == 0 && memcmp(rest, rest + length, length) != 0)
		error = -EBADMSG;
	return error;
}

static int check_lent(const char *path, struct verified_image *image)
{
	CLEANUP_CLOSE int file = -1;
	int seals = fcntl(image->fd, F_GET_SEALS);
	struct image_layout claimed;
	uint64_t length;
	int error = verify_open_file(path, &length, &file, NULL);

	if (seals < 0 || (seals & VERIFY_SEALS) != VERIFY_SEALS)
		error = -EPERM;
	if (error == 0)
		error = image_read_layout(file, &claimed, NULL);
	if (error == 0)
		error = image_read_layout(image->fd, &image->layout, NULL);
	if (error == 0 &&
	    (!same_root_hash(&claimed, &image->layout) ||
	     claimed.signature_offset != image->layout.signature_offset ||
	     claimed.file_length != image->layout.file_length))
		error = -EBADMSG;
	if (error == 0)
		error = compare_rest(file, image->fd, &claimed);
	return error;
}

/* Judge it, and read its contract from there. */
static int finish(int contract_fd, const struct verify_options *options,
		  struct verified_image *image,
		  struct verified_image *ret_image)
{
	int error = verify_judge(image, options, NULL);

	if (error == 0)
		error = verify_read_contract(contract_fd, image, NULL);
	if (error < 0)
		return error;
	*ret_image = *image;
	*image = VERIFIED_IMAGE_INIT;
	return 0;
}

int verify_lent(const char *path, int lent_fd,
		const struct verify_options *options,
		struct verified_image *ret_image)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image image =
		VERIFIED_IMAGE_INIT;
	int error;

	image.protection = PROTECTION_SEALED;
	image.fd = fcntl(lent_fd, F_DUPFD_CLOEXEC, 0);
	error = image.fd < 0 ? -errno : check_lent(path, &image);
	return error < 0 ? error : finish(image.fd, options, &image, ret_image);
}

int verify_lent_verity(const char *path, const struct verity_loan *loan,
		       const struct verify_options *options,
		       struct verified_image *ret_image)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image image =
		VERIFIED_IMAGE_INIT;
	uint64_t length;
	int error = verify_open_file(path, &length, &image.fd, NULL);

	image.protection = PROTECTION_VERITY;
	if (error == 0)
		error = image_read_layout_through(loan->verity, image.fd,
						  &image.layout, NULL);
	if (error == 0 &&
	    !verity_is_over(loan->verity, loan->loop, &image.layout))
		error = -EPERM;
	return error < 0 ? error
			 : finish(loan->verity, options, &image, ret_image);
}
