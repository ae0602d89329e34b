#include "pack/debian_cache.h"

#include "lib/fdio.h"
#include "pack/cache_directory.h"
#include "pack/remove_tree.h"
#include "pack/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { ANSWER_LIMIT = 4096 };

#define NEW_ROOT ".new"

void debian_cache_close(struct debian_cache *cache)
{
	free(cache->path);
	close_fd(&cache->directory);
	close_fd(&cache->lock);
	*cache = DEBIAN_CACHE_INIT;
}

/* The names in it stand in apt's settings, between quotes. */
static int check_name(const char *path, struct diag *diag)
{
	for (const char *c = path; *c; c++)
		if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
			return diag_set(diag, -EINVAL,
					"apt cannot use a directory of this "
					"name: %s",
					path);
	return 0;
}

int debian_cache_open(const char *path, struct debian_cache *ret_cache,
		      struct diag *diag)
{
	CLEANUP_CACHE_DIRECTORY struct cache_directory directory =
		CACHE_DIRECTORY_INIT;
	int r = cache_directory_open(path, &directory, diag);

	if (r == 0)
		r = check_name(directory.path, diag);
	if (r < 0)
		return r;
	*ret_cache = DEBIAN_CACHE_INIT;
	ret_cache->path = steal_ptr(&directory.path);
	ret_cache->directory = steal_fd(&directory.fd);
	return 0;
}

static int wait_for_lock(int fd, int operation)
{
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int debian_cache_lock(struct debian_cache *cache,
		      void (*waiting)(void *context, const char *text),
		      void *context, struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(cache->directory, "lock",
				      O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	CLEANUP_FREE char *text = NULL;
	int r = fd < 0 ? -errno : wait_for_lock(fd, LOCK_EX | LOCK_NB);

	if (r == -EWOULDBLOCK) {
		if (waiting &&
		    asprintf(&text, "waiting for another jailpack that uses %s",
			     cache->path) >= 0)
			waiting(context, text);
		r = wait_for_lock(fd, LOCK_EX);
	}
	if (r < 0)
		return diag_errno(diag, r, "cannot lock %s/lock", cache->path);
	cache->lock = steal_fd(&fd);
	return 0;
}

int debian_cache_directory(const struct debian_cache *cache, const char *name,
			   char **ret_path, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int r;

	if (asprintf(&path, "%s/%s", cache->path, name) < 0)
		return diag_oom(diag);
	r = cache_directory_make(path, diag);
	if (r < 0)
		return r;
	*ret_path = steal_ptr(&path);
	return 0;
}

static char *answer_path(const struct debian_cache *cache,
			 const uint8_t question[SHA256_SIZE])
{
	char name[2 * SHA256_SIZE + 1];
	char *path;

	sha256_format(question, name);
	return asprintf(&path, "%s/answers/%s", cache->path, name) < 0 ? NULL
								       : path;
}

/* An answer is two digests, of the lists and of the root, one a line. */
int debian_cache_recall(const struct debian_cache *cache,
			const uint8_t question[SHA256_SIZE],
			const uint8_t lists[SHA256_SIZE],
			uint8_t ret_root[SHA256_SIZE])
{
	CLEANUP_FREE char *path = answer_path(cache, question);
	CLEANUP_BUF struct buf text = BUF_INIT;
	uint8_t known[SHA256_SIZE], root[SHA256_SIZE];
	const char *first, *second;
	char *rest;

	if (!path || read_file(path, ANSWER_LIMIT, &text, NULL) < 0)
		return -ENOENT;
	rest = text.data;
	first = strsep(&rest, "\n");
	second = strsep(&rest, "\n");
	if (!second || sha256_parse(first, known) < 0 ||
	    sha256_parse(second, root) < 0 ||
	    memcmp(known, lists, sizeof(known)) != 0)
		return -ENOENT;
	memcpy(ret_root, root, sizeof(root));
	return 0;
}

int debian_cache_remember(const struct debian_cache *cache,
			  const uint8_t question[SHA256_SIZE],
			  const uint8_t lists[SHA256_SIZE],
			  const uint8_t root[SHA256_SIZE], struct diag *diag)
{
	CLEANUP_FREE char *path = answer_path(cache, question);
	CLEANUP_FREE char *directory = NULL;
	CLEANUP_BUF struct buf text = BUF_INIT;
	char digits[2 * SHA256_SIZE + 1];
	int r;

	if (!path)
		return diag_oom(diag);
	r = debian_cache_directory(cache, "answers", &directory, diag);
	if (r < 0)
		return r;
	sha256_format(lists, digits);
	buf_printf(&text, "%s\n", digits);
	sha256_format(root, digits);
	buf_printf(&text, "%s\n", digits);
	return replace_file(path, &text, diag);
}

static void root_name(const uint8_t root[SHA256_SIZE], char *name, size_t size)
{
	char digits[2 * SHA256_SIZE + 1];

	sha256_format(root, digits);
	(void)snprintf(name, size, "roots/%s", digits);
}

int debian_cache_use_root(const struct debian_cache *cache,
			  const uint8_t root[SHA256_SIZE], int *ret_fd,
			  struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;
	char name[128];
	struct stat here, there;
	int r;

	root_name(root, name, sizeof(name));
	fd = openat(cache->directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	r = fd < 0 ? -errno : wait_for_lock(fd, LOCK_SH);
	if (r < 0)
		return diag_errno(diag, r, "cannot use %s/%s", cache->path,
				  name);
	/* It may have been removed before it was locked. */
	if (fstatat(cache->directory, name, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstat(fd, &here) < 0 || here.st_ino != there.st_ino ||
	    here.st_dev != there.st_dev)
		return -ENOENT;
	/* Whether it counts as used is no matter of life and death. */
	(void)futimens(fd, NULL);
	*ret_fd = steal_fd(&fd);
	return 0;
}

int debian_cache_new_root(const struct debian_cache *cache, int *ret_fd,
			  struct diag *diag)
{
	CLEANUP_FREE char *roots = NULL;
	CLEANUP_CLOSE int fd = -1;
	int r = debian_cache_directory(cache, "roots", &roots, diag);

	if (r < 0)
		return r;
	r = remove_tree(cache->directory, "roots/" NEW_ROOT);
	if (r == 0 && mkdirat(cache->directory, "roots/" NEW_ROOT, 0755) < 0)
		r = -errno;
	if (r == 0) {
		fd = openat(cache->directory, "roots/" NEW_ROOT,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = fd < 0 ? -errno : 0;
	}
	if (r < 0)
		return diag_errno(diag, r, "cannot make %s/" NEW_ROOT, roots);
	*ret_fd = steal_fd(&fd);
	return 0;
}

int debian_cache_keep_root(const struct debian_cache *cache,
			   const uint8_t root[SHA256_SIZE], int fd,
			   struct diag *diag)
{
	char name[128];

	root_name(root, name, sizeof(name));
	/* Without this, a power failure could leave empty files behind a name
	 * that promises whole ones. */
	if (syncfs(fd) < 0 || renameat(cache->directory, "roots/" NEW_ROOT,
				       cache->directory, name) < 0)
		return diag_errno(diag, -errno, "cannot keep %s/%s",
				  cache->path, name);
	return 0;
}
