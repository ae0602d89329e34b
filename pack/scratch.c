#include "pack/scratch.h"

#include "pack/debian_cache.h"
#include "pack/remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

void scratch_done(struct scratch *scratch)
{
	/* What stays, the next run removes. */
	if (scratch->name)
		(void)!remove_tree(scratch->above, scratch->name);
	close_fd(&scratch->fd);
	close_fd(&scratch->above);
	free(scratch->name);
	*scratch = SCRATCH_INIT;
}

static int lock(int fd, int operation)
{
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void remove_unused(int above, const char *name)
{
	CLEANUP_CLOSE int fd = openat(
		above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && lock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)!remove_tree(above, name);
}

/* With the directory above locked, so that nobody is between making one and
 * locking it. */
static void sweep(int above)
{
	int fd = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		close_fd(&fd);
		return;
	}
	while ((entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			remove_unused(above, entry->d_name);
	(void)closedir(directory);
}

static int make(struct scratch *scratch, const char *above)
{
	CLEANUP_FREE char *path = NULL;

	if (asprintf(&path, "%s/XXXXXX", above) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (!mkdtemp(path))
		return -errno;
	scratch->name = strdup(path + strlen(above) + 1);
	if (!scratch->name) {
		(void)rmdir(path);
		return -ENOMEM;
	}
	scratch->fd = openat(scratch->above, scratch->name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return scratch->fd < 0 ? -errno : lock(scratch->fd, LOCK_EX);
}

int scratch_new(const char *cache, struct scratch *ret_scratch,
		struct diag *diag)
{
	CLEANUP_DEBIAN_CACHE struct debian_cache open_cache = DEBIAN_CACHE_INIT;
	CLEANUP_SCRATCH struct scratch scratch = SCRATCH_INIT;
	CLEANUP_FREE char *above = NULL;
	int r = debian_cache_open(cache, &open_cache, diag);

	if (r == 0)
		r = debian_cache_directory(&open_cache, "unpacked", &above,
					   diag);
	if (r < 0)
		return r;
	scratch.above = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = scratch.above < 0 ? -errno : lock(scratch.above, LOCK_EX);
	if (r == 0) {
		sweep(scratch.above);
		r = make(&scratch, above);
	}
	if (r < 0)
		return diag_errno(diag, r, "cannot make a directory in %s",
				  above);
	(void)flock(scratch.above, LOCK_UN);
	*ret_scratch = scratch;
	scratch = SCRATCH_INIT;
	return 0;
}
