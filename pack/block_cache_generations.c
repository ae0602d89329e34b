#include "pack/block_cache_internal.h"
#include "pack/remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum {
	NAME_DIGITS = 8,
	NAME_SIZE = 1 + NAME_DIGITS + 1, /* with a dot before it */
	LISTED_MAX = 64,

	LOCK_PATIENCE = 10000, /* milliseconds */
	LOCK_INTERVAL = 5,
};

/* --- Names --- */

/* A generation that is being removed has a dot before its number. */
static void format_name(uint32_t number, bool dead, char name[NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, "%s%08" PRIx32, dead ? "." : "",
		       number);
}

static bool parse_name(const char *name, uint32_t *ret_number)
{
	if (strlen(name) != NAME_DIGITS ||
	    strspn(name, "0123456789abcdef") != NAME_DIGITS)
		return false;
	*ret_number = (uint32_t)strtoul(name, NULL, 16);
	return true;
}

static char *path_of(const struct generations *generations, uint32_t number)
{
	char name[NAME_SIZE];
	char *path;

	format_name(number, false, name);
	return asprintf(&path, "%s/%s", generations->path, name) < 0 ? NULL
								     : path;
}

/* --- The lock --- */

int generations_lock(const struct generations *generations, struct diag *diag)
{
	const struct timespec pause = { .tv_nsec = LOCK_INTERVAL * 1000000 };

	for (int waited = 0; waited < LOCK_PATIENCE; waited += LOCK_INTERVAL) {
		if (flock(generations->lock, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return diag_errno(diag, -errno, "cannot lock %s/lock",
					  generations->path);
		(void)nanosleep(&pause, NULL);
	}
	return diag_set(diag, -ETIMEDOUT,
			"another process has held %s/lock for %d seconds",
			generations->path, LOCK_PATIENCE / 1000);
}

void generations_unlock(const struct generations *generations)
{
	(void)flock(generations->lock, LOCK_UN);
}

/* --- What is on the disk --- */

struct listing {
	uint32_t numbers[LISTED_MAX]; /* ascending */
	size_t count;
};

static int ascending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What has a dot was being removed by a process that was killed. */
static void take_name(const struct generations *generations, const char *name,
		      struct listing *listing)
{
	uint32_t number;

	if (name[0] == '.' && parse_name(name + 1, &number))
		(void)!remove_tree(generations->directory, name);
	else if (parse_name(name, &number) && listing->count < LISTED_MAX)
		listing->numbers[listing->count++] = number;
}

static int list(const struct generations *generations,
		struct listing *ret_listing, struct diag *diag)
{
	struct listing listing = { .count = 0 };
	int fd = openat(generations->directory, ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = -errno;

	if (!directory) {
		close_fd(&fd);
		return diag_errno(diag, r, "cannot list %s", generations->path);
	}
	while ((entry = readdir(directory)) != NULL)
		take_name(generations, entry->d_name, &listing);
	(void)closedir(directory);
	qsort(listing.numbers, listing.count, sizeof(listing.numbers[0]),
	      ascending);
	*ret_listing = listing;
	return 0;
}

/* What the files of a generation take. */
static uint64_t bytes_of(const struct generations *generations, uint32_t number)
{
	static const char *const files[] = { "index", "index-lock", "blocks" };
	char name[NAME_SIZE], path[64];
	uint64_t bytes = 0;
	struct stat status;

	format_name(number, false, name);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", name, files[i]);
		if (fstatat(generations->directory, path, &status,
			    AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)status.st_size;
	}
	return bytes;
}

/*
 * Who still has it open keeps the index, which is mapped; the blocks are cut,
 * so that their room is free at once. They have no name by then: whoever reads
 * them knows why they are gone.
 */
static int evict(const struct generations *generations, uint32_t number,
		 struct diag *diag)
{
	char name[NAME_SIZE], dead[NAME_SIZE], path[64];
	CLEANUP_CLOSE int blocks = -1;
	int r = 0;

	format_name(number, false, name);
	format_name(number, true, dead);
	(void)snprintf(path, sizeof(path), "%s/blocks", name);
	blocks = openat(generations->directory, path,
			O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (renameat(generations->directory, name, generations->directory,
		     dead) < 0)
		r = -errno;
	if (r == 0)
		r = remove_tree(generations->directory, dead);
	if (r == 0 && blocks >= 0 && ftruncate(blocks, 0) < 0)
		r = -errno;
	return r < 0 ? diag_errno(diag, r, "cannot remove %s/%s",
				  generations->path, name)
		     : 0;
}

/* --- What is open --- */

static int open_generation(struct generations *generations, uint32_t number,
			   struct generation *ret_generation, struct diag *diag)
{
	CLEANUP_FREE char *path = path_of(generations, number);
	int r;

	if (!path)
		return diag_oom(diag);
	ret_generation->number = number;
	r = block_store_open(path, generations->bound / GENERATIONS,
			     &ret_generation->store, diag);
	return r;
}

static struct block_store *take_open(struct generations *generations,
				     uint32_t number)
{
	for (size_t i = 0; i < generations->count; i++) {
		if (generations->list[i].number == number)
			return steal_ptr(&generations->list[i].store);
	}
	return NULL;
}

static void close_all(struct generation *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		block_store_close(list[i].store);
}

int generations_refresh(struct generations *generations, struct diag *diag)
{
	struct generation fresh[GENERATIONS_MAX] = { 0 };
	struct listing listing;
	size_t count = 0, first;
	int r = list(generations, &listing, diag);

	if (r < 0)
		return r;
	first = listing.count > GENERATIONS_MAX
			? listing.count - GENERATIONS_MAX
			: 0;
	for (size_t i = first; r == 0 && i < listing.count; i++) {
		uint32_t number = listing.numbers[i];

		fresh[count].number = number;
		fresh[count].store = take_open(generations, number);
		if (!fresh[count].store)
			r = open_generation(generations, number, &fresh[count],
					    diag);
		count += r == 0;
	}
	close_all(generations->list, generations->count);
	memcpy(generations->list, fresh, sizeof(fresh));
	generations->count = count;
	return r;
}

/* Remove the oldest until there is room for `more` generations. */
static int make_room(struct generations *generations, size_t more,
		     struct diag *diag)
{
	struct listing listing;
	uint64_t bytes = more * (generations->bound / GENERATIONS);
	int r = list(generations, &listing, diag);

	if (r < 0)
		return r;
	for (size_t i = 0; i < listing.count; i++)
		bytes += bytes_of(generations, listing.numbers[i]);
	for (size_t i = 0; i < listing.count; i++) {
		uint64_t own = bytes_of(generations, listing.numbers[i]);

		if (bytes <= generations->bound &&
		    listing.count - i + more <= GENERATIONS_MAX)
			break;
		r = evict(generations, listing.numbers[i], diag);
		if (r < 0)
			return r;
		bytes -= own;
	}
	return 0;
}

int generations_begin(struct generations *generations, struct diag *diag)
{
	struct listing listing;
	char name[NAME_SIZE];
	uint32_t number = 1;
	int r = list(generations, &listing, diag);

	if (r < 0)
		return r;
	if (listing.count > 0)
		number = listing.numbers[listing.count - 1] + 1;
	r = make_room(generations, 1, diag);
	if (r < 0)
		return r;
	format_name(number, false, name);
	if (mkdirat(generations->directory, name, 0700) < 0)
		return diag_errno(diag, -errno, "cannot make %s/%s",
				  generations->path, name);
	return generations_refresh(generations, diag);
}

/* --- Opening --- */

static int open_directory(struct generations *generations, const char *path,
			  struct diag *diag)
{
	int r;

	generations->path = strdup(path);
	if (!generations->path)
		return diag_oom(diag);
	r = block_directory_open(path, &generations->directory, diag);
	if (r < 0)
		return r;
	generations->lock =
		openat(generations->directory, "lock",
		       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (generations->lock < 0)
		return diag_errno(diag, -errno, "cannot open %s/lock", path);
	return 0;
}

static int remove_damaged(const struct generations *generations,
			  size_t *ret_damaged, struct diag *diag)
{
	struct listing listing;
	size_t damaged = 0;
	int r = list(generations, &listing, diag);

	for (size_t i = 0; r == 0 && i < listing.count; i++) {
		CLEANUP_FREE char *path =
			path_of(generations, listing.numbers[i]);

		if (!path)
			return diag_oom(diag);
		r = block_store_check(path);
		if (r == -EBADMSG) {
			r = evict(generations, listing.numbers[i], diag);
			damaged++;
		} else if (r < 0) {
			r = diag_errno(diag, r, "cannot check %s", path);
		}
	}
	if (r == 0)
		*ret_damaged = damaged;
	return r;
}

int generations_open(struct generations *generations, const char *path,
		     uint64_t bound, size_t *ret_damaged, struct diag *diag)
{
	int r = open_directory(generations, path, diag);

	generations->bound = bound;
	if (r == 0)
		r = generations_lock(generations, diag);
	if (r < 0)
		return r;
	r = remove_damaged(generations, ret_damaged, diag);
	/* The bound may have been lowered. */
	if (r == 0)
		r = make_room(generations, 0, diag);
	if (r == 0)
		r = generations_refresh(generations, diag);
	generations_unlock(generations);
	return r;
}

void generations_done(struct generations *generations)
{
	close_all(generations->list, generations->count);
	close_fd(&generations->directory);
	close_fd(&generations->lock);
	free(generations->path);
	*generations = GENERATIONS_INIT;
}
