#include "lib/fdio.h"
#include "pack/squash_internal.h"

#include <errno.h>
#include <fcntl.h>

/* How much is written before the kernel is asked to put it on the disk. */
enum { FLUSH_BYTES = 8 << 20 };

static int read_at(sqfs_file_t *base, sqfs_u64 offset, void *buffer,
		   size_t size)
{
	struct squash_file *file = (struct squash_file *)base;
	int r;

	if (offset > file->size || size > file->size - offset)
		return SQFS_ERROR_OUT_OF_BOUNDS;
	r = pread_all(file->fd, buffer, size, offset);
	if (r < 0)
		file->error = r;
	return r < 0 ? SQFS_ERROR_IO : 0;
}

static int write_at(sqfs_file_t *base, sqfs_u64 offset, const void *buffer,
		    size_t size)
{
	struct squash_file *file = (struct squash_file *)base;
	int r = pwrite_all(file->fd, buffer, size, offset);

	if (r < 0) {
		file->error = r;
		return SQFS_ERROR_IO;
	}
	if (offset + size > file->size)
		file->size = offset + size;
	/* The disk works while the processors compress, so that little is left
	 * for the fsync at the end. Only a request: errors show there. */
	if (file->size >= file->flushed + FLUSH_BYTES) {
		(void)sync_file_range(file->fd, (off_t)file->flushed,
				      (off_t)(file->size - file->flushed),
				      SYNC_FILE_RANGE_WRITE);
		file->flushed = file->size;
	}
	return 0;
}

static sqfs_u64 get_size(const sqfs_file_t *base)
{
	return ((const struct squash_file *)base)->size;
}

static int truncate_to(sqfs_file_t *base, sqfs_u64 size)
{
	struct squash_file *file = (struct squash_file *)base;

	if (ftruncate(file->fd, (off_t)size) < 0) {
		file->error = -errno;
		return SQFS_ERROR_IO;
	}
	file->size = size;
	return 0;
}

static void keep(sqfs_object_t *base UNUSED)
{
}

void squash_file_init(struct squash_file *file, int fd, uint64_t size)
{
	*file = (struct squash_file){
		.base = {
			.base = { .destroy = keep },
			.read_at = read_at,
			.write_at = write_at,
			.get_size = get_size,
			.truncate = truncate_to,
		},
		.fd = fd,
		.size = size,
	};
}

int squash_error(struct diag *diag, int sqfs_error,
		 const struct squash_file *file, const char *doing)
{
	switch (sqfs_error) {
	case SQFS_ERROR_ALLOC:
		return diag_oom(diag);
	case SQFS_ERROR_IO:
		return diag_errno(diag, file->error ? file->error : -EIO, "%s",
				  doing);
	case SQFS_ERROR_COMPRESSOR:
		return diag_set(diag, -EIO, "%s: the compressor failed", doing);
	case SQFS_ERROR_OVERFLOW:
		return diag_set(diag, -EOVERFLOW,
				"%s: a number grew past what squashfs can hold",
				doing);
	case SQFS_ERROR_CORRUPTED:
	case SQFS_ERROR_OUT_OF_BOUNDS:
	case SQFS_ERROR_SUPER_BLOCK_SIZE:
		return diag_set(diag, -EBADMSG,
				"%s: the file system is damaged", doing);
	case SQFS_ERROR_UNSUPPORTED:
		return diag_set(diag, -ENOTSUP,
				"%s: it needs what libsquashfs was not built "
				"with",
				doing);
	default:
		return diag_set(diag, -EIO, "%s: libsquashfs error %d", doing,
				sqfs_error);
	}
}
