#include "mount/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "mount/verify_steps.h"
#include "mount/verity.h"

/* Linux 6.3; the kernel says EINVAL where it is not known. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

enum {
	ALL_THREADS = 0,
	COPY_CHUNK = 1 << 30, /* below what sendfile(2) takes at a time */
};

void verified_image_done(struct verified_image *image)
{
	close_fd(&image->fd);
	config_done(&image->config);
	verdict_done(&image->verdict);
	*image = VERIFIED_IMAGE_INIT;
}

/* The name is what losetup(8) shows as the file behind a jail's device. */
static int make_memfd(const char *path)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	const char *slash = strrchr(path, '/');
	char name[128];
	int fd;

	(void)snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags);
	return fd;
}

/* A file that shrinks meanwhile gives a shorter copy, and no image. */
static int copy(int from, int to, uint64_t length)
{
	while (length > 0) {
		size_t chunk =
			length < COPY_CHUNK ? (size_t)length : COPY_CHUNK;
		ssize_t copied = sendfile(to, from, NULL, chunk);

		if (copied < 0 && errno == EINTR)
			continue;
		if (copied < 0)
			return -errno;
		if (copied == 0)
			break;
		length -= (uint64_t)copied;
	}
	return 0;
}

static int seal(int from, int to, struct diag *diag)
{
	struct stat stat;
	int error = fstat(from, &stat) < 0 ? -errno : 0;

	if (error == 0)
		error = copy(from, to, (uint64_t)stat.st_size);
	if (error < 0)
		return diag_errno(diag, error, "cannot copy it into memory");
	if (fcntl(to, F_ADD_SEALS, VERIFY_SEALS) < 0)
		return diag_errno(diag, -errno, "cannot seal the copy");
	return 0;
}

int verify_open_file(const char *path, uint64_t *ret_length, int *ret_fd,
		     struct diag *diag)
{
	/* Without O_NONBLOCK the open of a FIFO would wait for a writer. */
	CLEANUP_CLOSE int file =
		open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat stat;

	if (file < 0 || fstat(file, &stat) < 0)
		return diag_errno(diag, -errno, "cannot open it");
	if (!S_ISREG(stat.st_mode))
		return diag_set(diag, -EBADMSG, "it is not a regular file");
	*ret_length = (uint64_t)stat.st_size;
	*ret_fd = steal_fd(&file);
	return 0;
}

static int choose(const struct verify_options *options, uint64_t length,
		  enum protection *ret_protection, struct diag *diag)
{
	CLEANUP_DIAG struct diag lack = DIAG_INIT;

	if (options->verity != VERITY_NEVER && verity_is_there(&lack)) {
		*ret_protection = PROTECTION_VERITY;
		return 0;
	}
	if (options->verity == VERITY_ALWAYS) {
		(void)diag_set(
			diag, -EOPNOTSUPP,
			"--verity always: dm-verity is not to be had: %s",
			lack.text ? lack.text : "no memory");
		diag_hint(diag, "it takes CONFIG_DM_VERITY, or the modules "
				"dm-mod and dm-verity");
		return -EOPNOTSUPP;
	}
	*ret_protection = length <= options->seal_limit ? PROTECTION_SEALED
							: PROTECTION_IN_PLACE;
	return 0;
}

static int open_image(const char *path, const struct verify_options *options,
		      struct verified_image *image, int *ret_file,
		      struct diag *diag)
{
	CLEANUP_CLOSE int file = -1;
	uint64_t length;
	int error = verify_open_file(path, &length, &file, diag);

	if (error == 0)
		error = choose(options, length, &image->protection, diag);
	if (error < 0)
		return error;
	if (image->protection != PROTECTION_SEALED) {
		image->fd = steal_fd(&file);
		return 0;
	}
	image->fd = make_memfd(path);
	if (image->fd < 0)
		return diag_errno(diag, -errno,
				  "cannot make memory for the image");
	*ret_file = steal_fd(&file);
	return 0;
}

int verify_open(const char *path, const struct verify_options *options,
		struct verified_image *ret_image, int *ret_file,
		struct diag *diag)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image image =
		VERIFIED_IMAGE_INIT;
	int file = -1;
	int error = open_image(path, options, &image, &file, diag);

	if (error < 0)
		return diag_wrap(diag, error, "image %s", path);
	*ret_image = image;
	*ret_file = file;
	image = VERIFIED_IMAGE_INIT;
	return 0;
}

int verify_fill(const char *path, int file, struct verified_image *image,
		struct diag *diag)
{
	int error = 0;

	if (file >= 0)
		error = seal(file, image->fd, diag);
	if (error == 0)
		error = image_read_layout(image->fd, &image->layout, diag);
	if (error == 0)
		error = image_verify(image->fd, &image->layout, true,
				     ALL_THREADS, diag);
	return error < 0 ? diag_wrap(diag, error, "image %s", path) : 0;
}

int verify_read_contract(int fd, struct verified_image *image,
			 struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	int error = image_read_contract(fd, &image->layout, &json, diag);

	if (error == 0)
		error = config_read(json.data, json.length, &image->config,
				    diag);
	if (error == 0)
		sha256_digest(json.data, json.length, image->contract_digest);
	return error;
}

int verify_judge(struct verified_image *image,
		 const struct verify_options *options, struct diag *diag)
{
	if (!options->root_hash)
		return verdict_give(image->fd, &image->layout,
				    options->allow_unsigned, &image->verdict,
				    diag);
	if (memcmp(options->root_hash, image->layout.root_hash,
		   sizeof(image->layout.root_hash)) == 0)
		return 0;
	return diag_set(diag, -EBADMSG,
			"it is another image now than the one that runs");
}

int verify_finish(const char *path, const struct verify_options *options,
		  struct verified_image *image, struct diag *diag)
{
	int error = image_read_layout(image->fd, &image->layout, diag);

	if (error == 0)
		error = verify_judge(image, options, diag);
	if (error == 0)
		error = verify_read_contract(image->fd, image, diag);
	return error < 0 ? diag_wrap(diag, error, "image %s", path) : 0;
}

int verify_image(const char *path, const struct verify_options *options,
		 struct verified_image *ret_image, struct diag *diag)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image image =
		VERIFIED_IMAGE_INIT;
	CLEANUP_CLOSE int file = -1;
	int error = verify_open(path, options, &image, &file, diag);

	if (error == 0)
		error = verify_fill(path, file, &image, diag);
	if (error == 0)
		error = verify_finish(path, options, &image, diag);
	if (error < 0)
		return error;
	*ret_image = image;
	image = VERIFIED_IMAGE_INIT;
	return 0;
}

int verify_again(const struct verified_image *image, struct diag *diag)
{
	int error = image_verify(image->fd, &image->layout, true, ALL_THREADS,
				 diag);

	if (error < 0)
		return diag_wrap(diag, error, "the verified image has changed");
	return 0;
}

int verify_device(int device, const struct image_layout *layout,
		  const uint8_t contract_digest[SHA256_SIZE], struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	uint8_t digest[SHA256_SIZE];
	int error = image_check_layout(device, layout, diag);

	if (error == 0)
		error = image_read_contract(device, layout, &json, diag);
	if (error == 0) {
		sha256_digest(json.data, json.length, digest);
		if (memcmp(digest, contract_digest, sizeof(digest)) != 0)
			error = diag_set(diag, -EBADMSG,
					 "its contract is another one");
	}
	if (error < 0)
		return diag_wrap(diag, error,
				 "the image was changed after it was verified");
	return 0;
}
