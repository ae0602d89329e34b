#include "pack/real_directory.h"

#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int real_directory_open(int root, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS,
	};
	long fd;

	do {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : (int)fd;
}

int real_directory_make(int root, const char *path)
{
	CLEANUP_FREE char *parent = NULL;
	CLEANUP_CLOSE int above = -1;
	int fd = real_directory_open(root, path);

	if (fd != -ENOENT)
		return fd;
	parent = path_parent(path);
	if (!parent)
		return -ENOMEM;
	above = real_directory_make(root, parent);
	if (above < 0)
		return above;
	if (mkdirat(above, path_name(path), 0755) < 0 && errno != EEXIST)
		return -errno;
	return real_directory_open(root, path);
}

void real_directory_done(struct real_directory *directory)
{
	close_fd(&directory->fd);
	free(directory->path);
}

int real_directory_of(struct real_directory *directory, const char *path)
{
	CLEANUP_FREE char *parent = path_parent(path);
	int fd;

	if (!parent)
		return -ENOMEM;
	if (directory->path && strcmp(directory->path, parent) == 0)
		return directory->fd;
	fd = real_directory_make(directory->root, parent);
	if (fd < 0)
		return fd;
	close_fd(&directory->fd);
	free(directory->path);
	directory->fd = fd;
	directory->path = steal_ptr(&parent);
	return fd;
}
