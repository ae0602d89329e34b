#include "pack/remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Takes over the descriptor. */
static int empty_directory(int fd)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!directory) {
		r = -errno;
		close_fd(&fd);
		return r;
	}
	while (r == 0 && (errno = 0, (entry = readdir(directory)) != NULL)) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = remove_tree(fd, entry->d_name);
	}
	if (r == 0)
		r = -errno;
	(void)closedir(directory);
	return r;
}

static int open_directory(int directory, const char *name)
{
	struct stat above, inside;
	int fd = openat(directory, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstatat(directory, ".", &above, 0) < 0 || fstat(fd, &inside) < 0 ||
	    above.st_dev != inside.st_dev) {
		close_fd(&fd);
		return -EXDEV;
	}
	return fd;
}

int remove_tree(int directory, const char *name)
{
	int fd, r;

	if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	fd = open_directory(directory, name);
	if (fd < 0)
		return fd;
	r = empty_directory(fd);
	if (r < 0)
		return r;
	return unlinkat(directory, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}
