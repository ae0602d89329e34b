#include "pack/debian_pool.h"

#include "lib/fdio.h"
#include "lib/processors.h"
#include "pack/archive.h"
#include "pack/deb_control.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

enum { THREADS_MAX = 64 };

struct debian_pool {
	const struct apt_packages *packages;
	const struct debian_root_options *options;
	struct unpacked *unpacked; /* one for each package */
	size_t *order;		   /* the largest first, so that all threads
				      end at about the same time */
	int tree;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	size_t next, finished;
	unsigned int running;
	int error;	  /* the first */
	struct diag diag; /* its words */
};

/* One package in its turn, where they are unpacked in order. */
struct turn {
	struct debian_pool *pool;
	size_t package;
};

static int compare_sizes(const void *a, const void *b, void *context)
{
	const struct apt_packages *packages = context;
	uint64_t one = packages->items[*(const size_t *)a].size;
	uint64_t other = packages->items[*(const size_t *)b].size;

	return one < other ? 1 : one > other ? -1 : 0;
}

int debian_pool_new(const struct apt_packages *packages,
		    const struct debian_root_options *options,
		    struct debian_pool **ret_pool, struct diag *diag)
{
	struct debian_pool *pool = calloc(1, sizeof(*pool));
	size_t count = packages->count;

	if (!pool)
		return diag_oom(diag);
	pool->packages = packages;
	pool->options = options;
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->changed, NULL);
	pool->unpacked = calloc(count + 1, sizeof(*pool->unpacked));
	pool->order = calloc(count + 1, sizeof(*pool->order));
	if (!pool->unpacked || !pool->order) {
		debian_pool_free(pool);
		return diag_oom(diag);
	}
	for (size_t i = 0; i < count; i++)
		pool->order[i] = i;
	*ret_pool = pool;
	return 0;
}

void debian_pool_free(struct debian_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; pool->unpacked && i < pool->packages->count; i++)
		unpacked_done(&pool->unpacked[i]);
	free(pool->unpacked);
	free(pool->order);
	diag_done(&pool->diag);
	(void)pthread_mutex_destroy(&pool->lock);
	(void)pthread_cond_destroy(&pool->changed);
	free(pool);
}

const struct unpacked *debian_pool_unpacked(const struct debian_pool *pool)
{
	return pool->unpacked;
}

static int digest_file(int fd, uint8_t ret_digest[SHA256_SIZE])
{
	CLEANUP_FREE char *chunk = malloc(1 << 17);
	struct sha256 hash;
	ssize_t got;

	if (!chunk)
		return -ENOMEM;
	sha256_init(&hash);
	while ((got = read(fd, chunk, 1 << 17)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		sha256_update(&hash, chunk, (size_t)got);
	}
	sha256_final(&hash, ret_digest);
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* The file of a package, if it is the one that the package list means. */
static int open_package(const struct apt_package *package, int *ret_fd,
			struct diag *diag)
{
	CLEANUP_CLOSE int fd = open(package->path, O_RDONLY | O_CLOEXEC);
	uint8_t digest[SHA256_SIZE];
	int r;

	if (fd < 0)
		return diag_errno(diag, errno == ENOENT ? -EUCLEAN : -errno,
				  "cannot open %s", package->path);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	r = digest_file(fd, digest);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", package->path);
	if (memcmp(digest, package->sha256, sizeof(digest)) != 0) {
		if (package->remote)
			(void)unlink(package->path);
		return diag_set(diag, -EUCLEAN,
				"%s is not the file that the package list "
				"means: its SHA-256 differs",
				package->path);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int unpack_package(struct debian_pool *pool, size_t index,
			  enum unpack_choice (*choose)(void *, const char *),
			  struct diag *diag)
{
	const struct apt_package *package = &pool->packages->items[index];
	struct turn turn = { .pool = pool, .package = index };
	const struct unpack_target target = {
		.root = pool->tree,
		.choose = choose,
		.context = &turn,
	};
	CLEANUP_CLOSE int fd = -1;
	struct archive_reader *reader;
	int r = open_package(package, &fd, diag);

	if (r < 0)
		return r;
	r = archive_reader_open(fd, package->path, ARCHIVE_DATA, &reader, diag);
	if (r < 0)
		return r;
	r = unpack_archive(&target, reader, &pool->unpacked[index], diag);
	archive_reader_free(reader);
	return r;
}

static void report(const struct debian_pool *pool, size_t finished)
{
	char text[64];

	if (!pool->options->progress)
		return;
	(void)snprintf(text, sizeof(text), "unpacking packages: %zu %%",
		       finished * 100 / pool->packages->count);
	pool->options->progress(pool->options->context, text);
}

static void *work(void *context)
{
	struct debian_pool *pool = context;

	(void)pthread_mutex_lock(&pool->lock);
	while (!pool->error && pool->next < pool->packages->count) {
		CLEANUP_DIAG struct diag diag = DIAG_INIT;
		size_t index = pool->order[pool->next++];
		int r;

		(void)pthread_mutex_unlock(&pool->lock);
		r = unpack_package(pool, index, NULL, &diag);
		(void)pthread_mutex_lock(&pool->lock);
		pool->finished++;
		(void)pthread_cond_signal(&pool->changed);
		if (r < 0 && !pool->error) {
			pool->error = r;
			pool->diag = diag;
			diag = DIAG_INIT;
		}
	}
	pool->running--;
	(void)pthread_cond_signal(&pool->changed);
	(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static unsigned int thread_count(const struct debian_pool *pool)
{
	unsigned int count = pool->options->threads ? pool->options->threads
						    : processors_usable();

	return count < THREADS_MAX ? count : THREADS_MAX;
}

static int unpack_at_once(struct debian_pool *pool, struct diag *diag)
{
	pthread_t threads[THREADS_MAX];
	unsigned int count = thread_count(pool), started = 0;
	int r = 0;

	qsort_r(pool->order, pool->packages->count, sizeof(*pool->order),
		compare_sizes, (void *)(uintptr_t)pool->packages);
	(void)pthread_mutex_lock(&pool->lock);
	for (; started < count; started++) {
		r = -pthread_create(&threads[started], NULL, work, pool);
		if (r < 0)
			break;
		pool->running++;
	}
	/* One thread is enough; none is not. */
	if (!started)
		pool->error =
			diag_errno(&pool->diag, r, "cannot start a thread");
	while (pool->running) {
		size_t finished;

		(void)pthread_cond_wait(&pool->changed, &pool->lock);
		finished = pool->finished;
		(void)pthread_mutex_unlock(&pool->lock);
		report(pool, finished);
		(void)pthread_mutex_lock(&pool->lock);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	for (unsigned int i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	if (pool->error && diag) {
		diag_done(diag);
		*diag = pool->diag;
		pool->diag = DIAG_INIT;
	}
	return pool->error;
}

static int replaces(const struct debian_pool *pool, size_t index, size_t other)
{
	return deb_replaces(pool->packages->items[index].path,
			    pool->packages->items[other].name);
}

/* Whose `path` is now, before package `index`; SIZE_MAX if nobody's. */
static size_t find_owner(const struct debian_pool *pool, const char *path,
			 size_t index, struct unpacked_entry **ret_entry)
{
	for (size_t i = index + 1; i-- > 0;) {
		const struct unpacked *unpacked = &pool->unpacked[i];

		for (size_t k = 0; k < unpacked->count; k++) {
			struct unpacked_entry *entry = &unpacked->entries[k];

			if (entry->dropped || strcmp(entry->path, path) != 0)
				continue;
			*ret_entry = entry;
			return i;
		}
	}
	return SIZE_MAX;
}

static enum unpack_choice choose(void *context, const char *path)
{
	const struct turn *turn = context;
	struct debian_pool *pool = turn->pool;
	const struct apt_package *items = pool->packages->items;
	CLEANUP_FREE char *text = NULL;
	struct unpacked_entry *entry;
	size_t owner = find_owner(pool, path, turn->package, &entry);

	if (owner == SIZE_MAX)
		return UNPACK_REFUSE;
	if (S_ISDIR(entry->mode))
		return UNPACK_KEEP;
	if (owner != turn->package && replaces(pool, owner, turn->package))
		return UNPACK_KEEP;
	if (owner != turn->package && !replaces(pool, turn->package, owner) &&
	    pool->options->warn &&
	    asprintf(&text,
		     "%s is in the packages %s and %s: that of %s is "
		     "taken",
		     path, items[owner].name, items[turn->package].name,
		     items[turn->package].name) >= 0)
		pool->options->warn(pool->options->context, text);
	entry->dropped = true;
	return UNPACK_REPLACE;
}

static int unpack_in_order(struct debian_pool *pool, struct diag *diag)
{
	for (size_t i = 0; i < pool->packages->count; i++) {
		int r;

		unpacked_done(&pool->unpacked[i]);
		report(pool, i);
		r = unpack_package(pool, i, choose, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

int debian_pool_unpack(struct debian_pool *pool, int tree, bool ordered,
		       struct diag *diag)
{
	pool->tree = tree;
	return ordered ? unpack_in_order(pool, diag)
		       : unpack_at_once(pool, diag);
}
