#include "mount/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

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

static int seal(int from, const char *path, uint64_t length, int *ret_fd,
		struct diag *diag)
{
	CLEANUP_CLOSE int fd = make_memfd(path);
	int error;

	if (fd < 0)
		return diag_errno(diag, -errno,
				  "cannot make memory for the image");
	error = copy(from, fd, length);
	if (error < 0)
		return diag_errno(diag, error, "cannot copy it into memory");
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return diag_errno(diag, -errno, "cannot seal the copy");
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int open_image(const char *path, uint64_t seal_limit,
		      struct verified_image *image, struct diag *diag)
{
	/* Without O_NONBLOCK the open of a FIFO would wait for a writer. */
	CLEANUP_CLOSE int file =
		open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat stat;

	if (file < 0 || fstat(file, &stat) < 0)
		return diag_errno(diag, -errno, "cannot open it");
	if (!S_ISREG(stat.st_mode))
		return diag_set(diag, -EBADMSG, "it is not a regular file");
	image->sealed = (uint64_t)stat.st_size <= seal_limit;
	if (image->sealed)
		return seal(file, path, (uint64_t)stat.st_size, &image->fd,
			    diag);
	image->fd = steal_fd(&file);
	return 0;
}

static int read_contract(struct verified_image *image, struct diag *diag)
{
	CLEANUP_BUF struct buf json = BUF_INIT;
	int error = image_read_contract(image->fd, &image->layout, &json, diag);

	if (error == 0)
		error = config_read(json.data, json.length, &image->config,
				    diag);
	return error;
}

int verify_image(const char *path, uint64_t seal_limit,
		 struct verified_image *ret_image, struct diag *diag)
{
	CLEANUP_VERIFIED_IMAGE struct verified_image image =
		VERIFIED_IMAGE_INIT;
	int error = open_image(path, seal_limit, &image, diag);

	if (error == 0)
		error = image_read_layout(image.fd, &image.layout, diag);
	if (error == 0)
		error = image_verify(image.fd, &image.layout, true, ALL_THREADS,
				     diag);
	if (error == 0)
		error = read_contract(&image, diag);
	if (error < 0)
		return diag_wrap(diag, error, "image %s", path);
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
