/*
 * The directory in which jailpack keeps what it need not fetch or compute
 * again: Debian packages (debian_cache.h) and compressed blocks
 * (block_cache.h).
 */
#ifndef JAILPACK_CACHE_DIRECTORY_H
#define JAILPACK_CACHE_DIRECTORY_H

#include "lib/base.h"
#include "lib/diag.h"

struct cache_directory {
	char *path; /* absolute, without links */
	int fd;
};

#define CACHE_DIRECTORY_INIT ((struct cache_directory){ .fd = -1 })
#define CLEANUP_CACHE_DIRECTORY CLEANUP(cache_directory_close)

/*
 * Where it is unless the operator says: $XDG_CACHE_HOME/jailpack, or else
 * /var/cache/jailpack for root and ~/.cache/jailpack for anybody else. -ENOENT
 * if none of these is known.
 */
int cache_directory_default(char **ret_path, struct diag *diag) MUST_CHECK;

/*
 * `path` NULL: the default. Made if it is not there. -EPERM if it is another
 * user's or others may write to it: what is in it goes into images.
 */
int cache_directory_open(const char *path, struct cache_directory *ret_cache,
			 struct diag *diag) MUST_CHECK;
void cache_directory_close(struct cache_directory *cache);

/* mkdir -p, 0755. */
int cache_directory_make(const char *path, struct diag *diag) MUST_CHECK;

#endif
