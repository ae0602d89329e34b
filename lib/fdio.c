#include "lib/fdio.h"

#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int write_all(int fd, const void *data, size_t length)
{
	const char *from = data;

	while (length) {
		ssize_t written = write(fd, from, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		from += written;
		length -= (size_t)written;
	}
	return 0;
}

int pwrite_all(int fd, const void *data, size_t length, uint64_t offset)
{
	const char *from = data;

	while (length) {
		ssize_t written = pwrite(fd, from, length, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		from += written;
		offset += (uint64_t)written;
		length -= (size_t)written;
	}
	return 0;
}

int pread_all(int fd, void *data, size_t length, uint64_t offset)
{
	char *to = data;

	while (length) {
		ssize_t got = pread(fd, to, length, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -ENODATA;
		to += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return 0;
}

int read_to_end(int fd, size_t limit, struct buf *buf)
{
	char chunk[16384];
	size_t total = 0;

	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return buf_check(buf);
		if ((size_t)got > limit - total)
			return -EFBIG;
		total += (size_t)got;
		buf_append(buf, chunk, (size_t)got);
	}
}

int read_file(const char *path, size_t limit, struct buf *ret_content,
	      struct diag *diag)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP_BUF struct buf content = BUF_INIT;
	int r;

	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", path);
	r = read_to_end(fd, limit, &content);
	if (r == -EFBIG)
		return diag_set(diag, r, "%s has more than %zu bytes", path,
				limit);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", path);
	buf_append(ret_content, content.data, content.length);
	return buf_check(ret_content) < 0 ? diag_oom(diag) : 0;
}

int write_kernel_file(int dirfd, const char *path, const char *text)
{
	CLEANUP_CLOSE int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);
	ssize_t written;

	if (fd < 0)
		return -errno;
	written = write(fd, text, length);
	if (written < 0)
		return -errno;
	return (size_t)written == length ? 0 : -EIO;
}

/* "DIR/.NAME.XXXXXX" for mkostemp(3). */
static char *temporary_name(const char *path)
{
	const char *name = path_name(path);
	char *text;

	if (asprintf(&text, "%.*s.%s.XXXXXX", (int)(name - path), path, name) <
	    0)
		return NULL;
	return text;
}

int output_begin(struct output *output, const char *path, struct diag *diag)
{
	CLEANUP_FREE char *final = strdup(path);
	CLEANUP_FREE char *temporary = temporary_name(path);
	int fd;

	if (!final || !temporary)
		return diag_oom(diag);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return diag_errno(diag, -errno, "cannot create %s", path);
	*output = (struct output){
		.fd = fd,
		.path = steal_ptr(&final),
		.temporary = steal_ptr(&temporary),
	};
	return 0;
}

/* The umask of this process. Linux tells it only by setting it. */
static mode_t current_umask(void)
{
	mode_t mask = umask(077);

	(void)umask(mask);
	return mask;
}

/* A rename is durable once its directory is. */
static int sync_parent(const char *path)
{
	CLEANUP_FREE char *parent =
		strndup(path, (size_t)(path_name(path) - path));
	CLEANUP_CLOSE int fd = -1;

	if (!parent)
		return -ENOMEM;
	fd = open(*parent ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems cannot; their renames are as good as it gets. */
	if (fsync(fd) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}

int output_commit(struct output *output, mode_t mode, struct diag *diag)
{
	int r;

	if (fchmod(output->fd, mode & ~current_umask()) < 0 ||
	    fsync(output->fd) < 0)
		return diag_errno(diag, -errno, "cannot finish writing %s",
				  output->path);
	if (rename(output->temporary, output->path) < 0)
		return diag_errno(diag, -errno, "cannot put %s in its place",
				  output->path);
	free(steal_ptr(&output->temporary));
	r = sync_parent(output->path);
	if (r < 0)
		return diag_errno(diag, r,
				  "cannot flush the directory of %s to disk",
				  output->path);
	output_abort(output);
	return 0;
}

void output_abort(struct output *output)
{
	close_fd(&output->fd);
	if (output->temporary)
		(void)unlink(output->temporary);
	free(output->temporary);
	free(output->path);
	*output = OUTPUT_INIT;
}
