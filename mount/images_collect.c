/* --gc: what nobody needs any longer. */
#include "lib/fdio.h"
#include "lib/printable.h"
#include "lib/reference.h"
#include "lib/sha256.h"
#include "lib/show.h"
#include "mount/images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define REFS IMAGES_DIRECTORY "/refs"
#define BLOBS IMAGES_DIRECTORY "/blobs"

struct collection {
	struct image_record *records; /* the latest first */
	size_t count;
	bool *kept;	       /* of each record */
	uint64_t files, bytes; /* that went */
};

static void collection_done(struct collection *collection)
{
	for (size_t i = 0; i < collection->count; i++)
		image_record_done(&collection->records[i]);
	free(collection->records);
	free(collection->kept);
}

/* "REGISTRY/REPOSITORY" of both. */
static bool same_repository(const struct image_record *one,
			    const struct image_record *other)
{
	struct reference a, b;

	if (reference_parse(one->reference, &a, NULL) < 0 ||
	    reference_parse(other->reference, &b, NULL) < 0)
		return false;
	return strcmp(a.registry, b.registry) == 0 &&
	       strcmp(a.repository, b.repository) == 0;
}

static bool has(char *const *strings, const char *wanted)
{
	for (; strings && *strings; strings++)
		if (strcmp(*strings, wanted) == 0)
			return true;
	return false;
}

/* Is there a newer record of the same image, in this repository? */
static bool is_repeated(const struct collection *collection, size_t i,
			size_t *ret_first)
{
	for (size_t j = 0; j < i; j++) {
		const struct image_record *other = &collection->records[j];

		if (strcmp(collection->records[i].image, other->image) == 0 &&
		    same_repository(&collection->records[i], other)) {
			*ret_first = j;
			return true;
		}
	}
	return false;
}

/* Several references may stand for one image: it counts once. */
static bool is_among_last(const struct collection *collection, size_t i,
			  unsigned int keep)
{
	unsigned int newer = 0;
	size_t first;

	if (is_repeated(collection, i, &first))
		return collection->kept[first];
	for (size_t j = 0; j < i && newer < keep; j++)
		newer += same_repository(&collection->records[i],
					 &collection->records[j]) &&
			 !is_repeated(collection, j, &first);
	return newer < keep;
}

static int forget(const struct image_record *record, struct diag *diag)
{
	char hex[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];
	CLEANUP_FREE char *path = NULL;

	sha256_digest(record->reference, strlen(record->reference), digest);
	sha256_format(digest, hex);
	if (asprintf(&path, REFS "/%s.json", hex) < 0)
		return diag_oom(diag);
	if (unlink(path) < 0 && errno != ENOENT)
		return diag_errno(diag, -errno, "cannot remove %s", path);
	return 0;
}

/* Is the file one of those that belong to a record that stays? */
static bool belongs(const struct collection *collection, const char *file)
{
	for (size_t i = 0; i < collection->count; i++) {
		const char *hex = strchr(collection->records[i].image, ':') + 1;

		if (collection->kept[i] &&
		    strncmp(file, hex, 2 * SHA256_SIZE) == 0)
			return true;
	}
	return false;
}

static int remove_blobs(struct collection *collection, struct diag *diag)
{
	DIR *directory = opendir(BLOBS);
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return diag_errno(diag, -errno, "cannot open " BLOBS);
	while (r == 0 && (entry = readdir(directory))) {
		const char *name = entry->d_name;
		struct stat status;

		/* Beginnings of what broke off too: nobody is at it, the lock
		 * is ours. */
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    belongs(collection, name) ||
		    fstatat(dirfd(directory), name, &status,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		if (unlinkat(dirfd(directory), name, 0) < 0)
			r = diag_errno(diag, -errno,
				       "cannot remove " BLOBS "/%s", name);
		collection->files += r == 0;
		collection->bytes += (uint64_t)status.st_size;
	}
	(void)closedir(directory);
	return r;
}

int images_collect(unsigned int keep, char *const *running, struct buf *text,
		   struct diag *diag)
{
	CLEANUP(collection_done) struct collection collection = { 0 };
	CLEANUP_CLOSE int lock = -1;
	int r = images_lock(true, &lock, diag);

	if (r == 0)
		r = images_list(&collection.records, &collection.count, diag);
	if (r < 0)
		return r;
	collection.kept = calloc(collection.count + 1, sizeof(bool));
	if (!collection.kept)
		return diag_oom(diag);
	for (size_t i = 0; i < collection.count; i++)
		collection.kept[i] =
			is_among_last(&collection, i, keep) ||
			has(running, collection.records[i].root_hash);
	for (size_t i = 0; r == 0 && i < collection.count; i++) {
		if (collection.kept[i])
			continue;
		r = forget(&collection.records[i], diag);
		printable_puts(text, collection.records[i].reference);
		buf_puts(text, ": removed\n");
	}
	if (r == 0)
		r = remove_blobs(&collection, diag);
	if (r < 0)
		return r;
	show_count(text, collection.files, "file");
	buf_puts(text, " removed, ");
	show_size(text, collection.bytes);
	buf_putc(text, '\n');
	return buf_check(text) < 0 ? diag_oom(diag) : 0;
}
