/*
 * The directory in which what was fetched and unpacked is kept:
 *
 *     lock                 held by who changes anything here
 *     archives/            .deb files
 *     suites/NAME/         apt's settings and lists for a suite; "host" for
 *                          what the host's own sources offer
 *     answers/DIGEST       what a question for packages came to
 *     packages/SHA256/     an unpacked package (debian_unpack.h)
 *     roots/DIGEST/        a root of several (debian_root.h)
 *
 * Whatever appears under its name is whole: it was written under another name
 * first, which begins with a dot. What a killed process left under such a name
 * is removed by the next that holds the lock. A root in use is locked (shared)
 * by its own directory and is not removed.
 */
#ifndef JAILPACK_DEBIAN_CACHE_H
#define JAILPACK_DEBIAN_CACHE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/apt.h"

struct debian_cache {
	char *path;    /* absolute */
	int directory; /* on it */
	int lock;      /* -1 while it is not held */
};

#define DEBIAN_CACHE_INIT ((struct debian_cache){ .directory = -1, .lock = -1 })
#define CLEANUP_DEBIAN_CACHE CLEANUP(debian_cache_close)

/* As cache_directory_open(). */
int debian_cache_open(const char *path, struct debian_cache *ret_cache,
		      struct diag *diag) MUST_CHECK;
void debian_cache_close(struct debian_cache *cache);

/* Wait for the lock; `waiting` is called first if somebody else has it. */
int debian_cache_lock(struct debian_cache *cache,
		      void (*waiting)(void *context, const char *text),
		      void *context, struct diag *diag) MUST_CHECK;

/* The path of a directory in the cache, made if it is not there. */
int debian_cache_directory(const struct debian_cache *cache, const char *name,
			   char **ret_path, struct diag *diag) MUST_CHECK;

/* Which root the answer to a question was, with the package lists of that
 * digest. -ENOENT if it is not known; no diagnostic. */
int debian_cache_recall(const struct debian_cache *cache,
			const uint8_t question[SHA256_SIZE],
			const uint8_t lists[SHA256_SIZE],
			uint8_t ret_root[SHA256_SIZE]) MUST_CHECK;
int debian_cache_remember(const struct debian_cache *cache,
			  const uint8_t question[SHA256_SIZE],
			  const uint8_t lists[SHA256_SIZE],
			  const uint8_t root[SHA256_SIZE],
			  struct diag *diag) MUST_CHECK;

/*
 * A descriptor on a root's directory; while it is open the root stays. It is
 * now the one used last. -ENOENT if there is no such root; no diagnostic then.
 */
int debian_cache_use_root(const struct debian_cache *cache,
			  const uint8_t root[SHA256_SIZE], int *ret_fd,
			  struct diag *diag) MUST_CHECK;

/* With the lock held: an empty directory for a new root, and its place among
 * the others once it is complete and on disk. */
int debian_cache_new_root(const struct debian_cache *cache, int *ret_fd,
			  struct diag *diag) MUST_CHECK;
int debian_cache_keep_root(const struct debian_cache *cache,
			   const uint8_t root[SHA256_SIZE], int fd,
			   struct diag *diag) MUST_CHECK;

/*
 * With the lock held: remove all roots but those used last and those in use,
 * the answers and packages that none of the rest needs, and what was left
 * behind. `needed` are packages to keep in any case. What cannot be removed
 * stays: it is no error.
 */
void debian_cache_tidy(const struct debian_cache *cache,
		       const struct apt_packages *needed);

#endif
