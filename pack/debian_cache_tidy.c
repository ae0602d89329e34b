/* What of the cache is kept. */
#include "pack/debian_cache.h"

#include "lib/path.h"
#include "pack/debian_unpack.h"
#include "pack/remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum {
	ROOTS_KEPT = 8,
	PACKAGE_SECONDS = 7 * 24 * 60 * 60,
	SUITE_SECONDS = 30 * 24 * 60 * 60,
	ANSWERS_KEPT = 256,
};

struct item {
	char *name;
	time_t used;
};

struct items {
	struct item *items;
	size_t count;
};

static void items_done(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->items[i].name);
	free(items->items);
}

static int compare_items(const void *a, const void *b)
{
	const struct item *one = a, *other = b;

	if (one->used != other->used)
		return one->used > other->used ? -1 : 1;
	return strcmp(one->name, other->name);
}

/* What is in a directory, the newest first; as much of it as can be told. */
static void list_items(int directory, struct items *items)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!stream) {
		close_fd(&fd);
		return;
	}
	while ((entry = readdir(stream)) != NULL) {
		struct item item;
		struct stat status;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    fstatat(directory, entry->d_name, &status,
			    AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		item.used = status.st_mtim.tv_sec;
		item.name = strdup(entry->d_name);
		if (!item.name ||
		    array_grow(&items->items, items->count, sizeof(item)) < 0) {
			free(item.name);
			break;
		}
		items->items[items->count++] = item;
	}
	(void)closedir(stream);
	if (items->count)
		qsort(items->items, items->count, sizeof(*items->items),
		      compare_items);
}

static int open_below(const struct debian_cache *cache, const char *name)
{
	return openat(cache->directory, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* What cannot be removed stays until the next time. */
static void remove_quietly(int directory, const char *name)
{
	int r = remove_tree(directory, name);

	(void)r;
}

/* Renamed first, so that nobody finds half of it. */
static void remove_root(int roots, const char *name)
{
	CLEANUP_CLOSE int fd = openat(
		roots, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP_FREE char *dead = NULL;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (asprintf(&dead, ".old-%s", name) >= 0 &&
	    renameat(roots, name, roots, dead) == 0)
		remove_quietly(roots, dead);
}

static void tidy_roots(const struct debian_cache *cache)
{
	CLEANUP_CLOSE int roots = open_below(cache, "roots");
	CLEANUP(items_done) struct items items = { 0 };
	size_t kept = 0;

	if (roots < 0)
		return;
	list_items(roots, &items);
	for (size_t i = 0; i < items.count; i++) {
		const char *name = items.items[i].name;

		if (*name == '.')
			remove_quietly(roots, name);
		else if (++kept > ROOTS_KEPT)
			remove_root(roots, name);
	}
}

/* Beyond a number, those that were given longest ago. */
static void tidy_answers(const struct debian_cache *cache)
{
	CLEANUP_CLOSE int answers = open_below(cache, "answers");
	CLEANUP(items_done) struct items items = { 0 };

	if (answers < 0)
		return;
	list_items(answers, &items);
	for (size_t i = 0; i < items.count; i++)
		if (i >= ANSWERS_KEPT)
			(void)unlinkat(answers, items.items[i].name, 0);
}

/*
 * A package that no root has asked for in a week would be fetched again if it
 * were; apt's own lock and partial downloads are left alone.
 */
static void tidy_archives(const struct debian_cache *cache,
			  const struct apt_packages *needed)
{
	CLEANUP_CLOSE int archives = open_below(cache, "archives");
	CLEANUP(items_done) struct items items = { 0 };
	time_t old = time(NULL) - PACKAGE_SECONDS;

	if (archives < 0)
		return;
	for (size_t i = 0; i < needed->count; i++)
		(void)utimensat(archives, path_name(needed->items[i].path),
				NULL, 0);
	list_items(archives, &items);
	for (size_t i = 0; i < items.count; i++) {
		const struct item *item = &items.items[i];
		size_t length = strlen(item->name);

		if (length > 4 && item->used < old &&
		    strcmp(item->name + length - 4, ".deb") == 0)
			(void)unlinkat(archives, item->name, 0);
	}
}

/* The same for what is unpacked. Roots have the files by links of their own. */
static void tidy_packages(const struct debian_cache *cache,
			  const struct apt_packages *needed)
{
	CLEANUP_CLOSE int packages = open_below(cache, "packages");
	CLEANUP(items_done) struct items items = { 0 };
	time_t old = time(NULL) - PACKAGE_SECONDS;

	if (packages < 0)
		return;
	for (size_t i = 0; i < needed->count; i++) {
		char name[DEBIAN_PACKAGE_NAME_SIZE];

		debian_package_name(&needed->items[i], name);
		(void)utimensat(packages, name, NULL, 0);
	}
	list_items(packages, &items);
	for (size_t i = 0; i < items.count; i++) {
		const char *name = items.items[i].name;
		CLEANUP_FREE char *dead = NULL;

		if (*name == '.') {
			remove_quietly(packages, name);
			continue;
		}
		if (items.items[i].used >= old ||
		    asprintf(&dead, ".%s", name) < 0)
			continue;
		/* Nobody must find half of it. */
		if (renameat(packages, name, packages, dead) == 0)
			remove_quietly(packages, dead);
	}
}

/* When the lists of a suite were fetched, or at least its directory made. */
static time_t suite_used(int suites, const struct item *item)
{
	CLEANUP_FREE char *state = NULL;
	struct stat status;

	if (asprintf(&state, "%s/state", item->name) < 0 ||
	    fstatat(suites, state, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return item->used;
	return status.st_mtim.tv_sec;
}

/* Lists are large, and those of a month ago must be fetched again anyway. */
static void tidy_suites(const struct debian_cache *cache)
{
	CLEANUP_CLOSE int suites = open_below(cache, "suites");
	CLEANUP(items_done) struct items items = { 0 };
	time_t now = time(NULL);

	if (suites < 0)
		return;
	list_items(suites, &items);
	for (size_t i = 0; i < items.count; i++)
		if (suite_used(suites, &items.items[i]) < now - SUITE_SECONDS)
			remove_quietly(suites, items.items[i].name);
}

void debian_cache_tidy(const struct debian_cache *cache,
		       const struct apt_packages *needed)
{
	tidy_roots(cache);
	tidy_answers(cache);
	tidy_suites(cache);
	tidy_archives(cache, needed);
	tidy_packages(cache, needed);
}
