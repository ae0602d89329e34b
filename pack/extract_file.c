#include "lib/fdio.h"
#include "pack/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { HOLE_SIZE = 4096 };

/* Set-id bits are for those who may give files away. */
static mode_t permissions(const struct bill_file *file, bool privileges)
{
	mode_t mode = file->mode & ALLPERMS;

	return privileges ? mode : mode & ~(mode_t)(S_ISUID | S_ISGID);
}

static void times(uint32_t time, struct timespec ret_times[2])
{
	ret_times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	ret_times[1] = (struct timespec){ .tv_sec = (time_t)time };
}

int extract_attributes(int fd, const struct bill_file *file, uint32_t time,
		       bool privileges)
{
	struct timespec both[2];

	times(time, both);
	/* A change of the owner takes set-id bits away: first the owner. */
	if ((privileges && fchown(fd, file->uid, file->gid) < 0) ||
	    fchmod(fd, permissions(file, privileges)) < 0 ||
	    futimens(fd, both) < 0)
		return -errno;
	return 0;
}

/* --- Regular files --- */

struct output_file {
	int fd;
	uint64_t offset;
	int error;
};

static bool is_zero(const uint8_t *data, size_t length)
{
	return length == 0 ||
	       (data[0] == 0 && memcmp(data, data + 1, length - 1) == 0);
}

/* How many bytes from `data` on are not a block of zeros. */
static size_t measure(const uint8_t *data, size_t length)
{
	size_t end = 0;

	while (end < length) {
		size_t block =
			length - end < HOLE_SIZE ? length - end : HOLE_SIZE;

		if (is_zero(data + end, block))
			break;
		end += block;
	}
	return end;
}

static int write_piece(const void *data, size_t length, void *context)
{
	struct output_file *output = context;
	const uint8_t *at = data;

	while (length) {
		size_t size = measure(at, length);

		if (size) {
			output->error = pwrite_all(output->fd, at, size,
						   output->offset);
			if (output->error < 0)
				return output->error;
		} else {
			size = length < HOLE_SIZE ? length : HOLE_SIZE;
		}
		at += size;
		length -= size;
		output->offset += size;
	}
	return 0;
}

static int make_regular(const struct extract_place *place,
			const struct bill_file *file,
			struct squash_reader *reader, struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(
		place->parent, place->name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct output_file output = { .fd = fd };
	int r;

	if (fd < 0)
		return -errno;
	r = squash_reader_content(reader, file->path, write_piece, &output,
				  diag);
	if (r < 0)
		return output.error < 0 ? output.error : r;
	/* What ends in a hole has its size still. */
	if (ftruncate(fd, (off_t)file->size) < 0)
		return -errno;
	return extract_attributes(fd, file, place->time, place->privileges);
}

/* --- Others --- */

static int make_link(const struct extract_place *place,
		     const struct bill_file *file)
{
	struct timespec both[2];

	times(place->time, both);
	if (symlinkat(file->target, place->parent, place->name) < 0 ||
	    (place->privileges &&
	     fchownat(place->parent, place->name, file->uid, file->gid,
		      AT_SYMLINK_NOFOLLOW) < 0) ||
	    utimensat(place->parent, place->name, both, AT_SYMLINK_NOFOLLOW) <
		    0)
		return -errno;
	return 0;
}

/* Nobody else gets at the directory yet: what has just been made under this
 * name is still it. */
static int make_special(const struct extract_place *place,
			const struct bill_file *file)
{
	struct timespec both[2];

	times(place->time, both);
	if (mknodat(place->parent, place->name, (file->mode & S_IFMT) | 0600,
		    makedev(file->major, file->minor)) < 0 ||
	    (place->privileges &&
	     fchownat(place->parent, place->name, file->uid, file->gid,
		      AT_SYMLINK_NOFOLLOW) < 0) ||
	    fchmodat(place->parent, place->name,
		     permissions(file, place->privileges), 0) < 0 ||
	    utimensat(place->parent, place->name, both, AT_SYMLINK_NOFOLLOW) <
		    0)
		return -errno;
	return 0;
}

int extract_file(const struct extract_place *place,
		 const struct bill_file *file, struct squash_reader *reader,
		 struct diag *diag)
{
	if (S_ISREG(file->mode))
		return make_regular(place, file, reader, diag);
	if (S_ISLNK(file->mode))
		return make_link(place, file);
	return make_special(place, file);
}
