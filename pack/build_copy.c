#include "pack/build_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 256, CHUNK = 1 << 30 };

static int copy_content(int from, int to)
{
	ssize_t copied;

	do
		copied = sendfile(to, from, NULL, CHUNK);
	while (copied > 0 || (copied < 0 && errno == EINTR));
	return copied < 0 ? -errno : 0;
}

static int keep_times(int directory, const char *name,
		      const struct stat *status)
{
	const struct timespec times[2] = { status->st_atim, status->st_mtim };

	return utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0
		       ? -errno
		       : 0;
}

static int copy_file(int from, int to, const char *name,
		     const struct stat *status)
{
	CLEANUP_CLOSE int source = openat(
		from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	CLEANUP_CLOSE int copy = -1;
	int r;

	if (source < 0)
		return -errno;
	copy = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = copy < 0 ? -errno : copy_content(source, copy);
	if (r == 0 && fchmod(copy, status->st_mode & 0777) < 0)
		r = -errno;
	return r;
}

static int copy_link(int from, int to, const char *name)
{
	char target[4096];
	ssize_t length = readlinkat(from, name, target, sizeof(target));

	if (length < 0)
		return -errno;
	if ((size_t)length == sizeof(target))
		return -ENAMETOOLONG;
	target[length] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_directory(int from, int to, unsigned int depth,
			  struct diag *diag);

static int enter_directory(int from, int to, const char *name,
			   const struct stat *status, unsigned int depth,
			   struct diag *diag)
{
	CLEANUP_CLOSE int source = openat(
		from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_CLOSE int copy = -1;
	int r;

	if (depth == 0)
		return -ELOOP;
	if (source < 0)
		return -errno;
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	copy = openat(to, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (copy < 0)
		return -errno;
	r = copy_directory(source, copy, depth - 1, diag);
	if (r == 0 && fchmod(copy, (status->st_mode & 0777) | 0700) < 0)
		r = -errno;
	return r;
}

/* Sockets, pipes and devices are nothing to build from. */
static int copy_one(int from, int to, const char *name, unsigned int depth,
		    struct diag *diag)
{
	CLEANUP_DIAG struct diag own = DIAG_INIT;
	struct stat status;
	int r = 0;

	if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	else if (S_ISDIR(status.st_mode))
		r = enter_directory(from, to, name, &status, depth, &own);
	else if (S_ISREG(status.st_mode))
		r = copy_file(from, to, name, &status);
	else if (S_ISLNK(status.st_mode))
		r = copy_link(from, to, name);
	else
		return 0;
	if (r == 0)
		r = keep_times(to, name, &status);
	if (r == 0)
		return 0;
	if (own.text)
		return diag_set(diag, r, "%s/%s", name, own.text);
	return diag_errno(diag, r, "%s", name);
}

static void close_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

static int copy_directory(int from, int to, unsigned int depth,
			  struct diag *diag)
{
	CLEANUP_CLOSE int fd =
		openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(close_directory) DIR *directory = NULL;
	struct dirent *entry;

	if (fd >= 0)
		directory = fdopendir(fd);
	if (!directory)
		return -errno;
	fd = -1;
	while (errno = 0, (entry = readdir(directory)) != NULL) {
		int r;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		r = copy_one(from, to, entry->d_name, depth, diag);
		if (r < 0)
			return r;
	}
	return -errno;
}

int build_copy(int from, int to, struct diag *diag)
{
	CLEANUP_DIAG struct diag own = DIAG_INIT;
	int r = copy_directory(from, to, DEPTH_MAX, &own);

	if (r == 0)
		return 0;
	if (own.text)
		(void)diag_set(diag, r, "cannot copy %s", own.text);
	else
		(void)diag_errno(diag, r, "cannot copy the directory");
	if (r == -ENOSPC)
		diag_hint(diag, "it is too large to be copied; put the recipe "
				"and what it builds into a directory of their "
				"own");
	if (r == -EACCES)
		diag_hint(diag, "the commands of `build` run without root's "
				"powers: make it readable, or pack as its "
				"owner");
	return r;
}
