#include "lib/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

enum { LINK_TARGET_MAX = 4096 };

int beneath_open(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/* EAGAIN: a rename somewhere raced with "..": ask again. */
	do {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd < 0 ? -errno : (int)fd;
}

static int stat_beneath(int root, const char *path, int flags,
			struct stat *ret_stat)
{
	CLEANUP_CLOSE int fd = beneath_open(root, path, O_PATH | flags, 0);

	if (fd < 0)
		return fd;
	return fstat(fd, ret_stat) < 0 ? -errno : 0;
}

int beneath_lstat(int root, const char *path, struct stat *ret_stat)
{
	return stat_beneath(root, path, O_NOFOLLOW, ret_stat);
}

int beneath_stat(int root, const char *path, struct stat *ret_stat)
{
	return stat_beneath(root, path, 0, ret_stat);
}

int beneath_readlink(int root, const char *path, char **ret_target)
{
	CLEANUP_CLOSE int fd = beneath_open(root, path, O_PATH | O_NOFOLLOW, 0);
	char target[LINK_TARGET_MAX + 1];
	ssize_t length;
	char *copy;

	if (fd < 0)
		return fd;
	length = readlinkat(fd, "", target, sizeof(target));
	if (length < 0)
		return errno == ENOENT ? -EINVAL : -errno;
	if ((size_t)length == sizeof(target))
		return -ENAMETOOLONG;
	copy = strndup(target, (size_t)length);
	if (!copy)
		return -ENOMEM;
	*ret_target = copy;
	return 0;
}
