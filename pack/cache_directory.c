#include "pack/cache_directory.h"

#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

void cache_directory_close(struct cache_directory *cache)
{
	free(cache->path);
	close_fd(&cache->fd);
	*cache = CACHE_DIRECTORY_INIT;
}

int cache_directory_default(char **ret_path, struct diag *diag)
{
	const char *base = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int r;

	/* Relative ones are to be ignored, says the XDG specification. */
	if (base && *base == '/')
		r = asprintf(ret_path, "%s/jailpack", base);
	else if (geteuid() == 0)
		r = asprintf(ret_path, "/var/cache/jailpack");
	else if (home && *home == '/')
		r = asprintf(ret_path, "%s/.cache/jailpack", home);
	else
		return diag_set(diag, -ENOENT,
				"there is no place for a cache: neither "
				"XDG_CACHE_HOME nor HOME is set");
	return r < 0 ? diag_oom(diag) : 0;
}

int cache_directory_make(const char *path, struct diag *diag)
{
	CLEANUP_FREE char *parent = path_parent(path);
	int r;

	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return diag_errno(diag, -errno, "cannot make the directory %s",
				  path);
	if (!parent)
		return diag_oom(diag);
	r = cache_directory_make(parent, diag);
	if (r < 0)
		return r;
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return diag_errno(diag, -errno, "cannot make the directory %s",
				  path);
	return 0;
}

static int check_owner(const struct cache_directory *cache, struct diag *diag)
{
	struct stat status;

	if (fstat(cache->fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at %s",
				  cache->path);
	if (status.st_uid == geteuid() && !(status.st_mode & 022))
		return 0;
	(void)diag_set(diag, -EPERM,
		       "%s cannot be trusted: %s, and what is in it goes into "
		       "images",
		       cache->path,
		       status.st_uid == geteuid() ? "others may write to it"
						  : "it is another user's");
	diag_hint(diag, "set XDG_CACHE_HOME to a directory of your own");
	return -EPERM;
}

static int open_directory(const char *path, struct cache_directory *cache,
			  struct diag *diag)
{
	int r = cache_directory_make(path, diag);

	if (r < 0)
		return r;
	cache->path = realpath(path, NULL);
	if (!cache->path)
		return diag_errno(diag, -errno, "cannot find %s", path);
	cache->fd = open(cache->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cache->fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", cache->path);
	return check_owner(cache, diag);
}

int cache_directory_open(const char *path, struct cache_directory *ret_cache,
			 struct diag *diag)
{
	CLEANUP_CACHE_DIRECTORY struct cache_directory cache =
		CACHE_DIRECTORY_INIT;
	CLEANUP_FREE char *own = NULL;
	int r;

	if (!path) {
		r = cache_directory_default(&own, diag);
		if (r < 0)
			return r;
	}
	r = open_directory(path ? path : own, &cache, diag);
	if (r == -EACCES || r == -EROFS)
		diag_hint(diag, "set XDG_CACHE_HOME to a directory that you "
				"may write to");
	if (r < 0)
		return r;
	*ret_cache = cache;
	cache = CACHE_DIRECTORY_INIT;
	return 0;
}
