#include "pack/packages.h"

#include "lib/buf.h"

#include <errno.h>
#include <string.h>

struct package {
	struct source_package public;
	char *name, *version, *architecture;
	char **files; /* sorted; made when somebody asks */
	size_t first; /* of its paths in packages->paths */
	size_t count;
};

struct packages {
	struct package *items;
	size_t count;
	struct buf text; /* every path, each followed by a NUL */
	uint32_t *paths; /* where each begins in it, package by package */
	size_t path_count;

	/* Frozen: open addressing, a power of two of slots. */
	struct slot *slots;
	size_t slot_mask;
};

/* An empty slot has path 0, hence the byte put before the first path. */
struct slot {
	uint32_t path;
	uint32_t package;
};

enum { SEVERAL_OWNERS = UINT32_MAX - 1 };

int packages_new(struct packages **ret_packages)
{
	struct packages *packages = calloc(1, sizeof(*packages));

	if (!packages)
		return -ENOMEM;
	buf_putc(&packages->text, '\0');
	*ret_packages = packages;
	return 0;
}

void packages_free(struct packages *packages)
{
	if (!packages)
		return;
	for (size_t i = 0; i < packages->count; i++) {
		struct package *package = &packages->items[i];

		free(package->name);
		free(package->version);
		free(package->architecture);
		free(package->files);
	}
	free(packages->items);
	buf_done(&packages->text);
	free(packages->paths);
	free(packages->slots);
	free(packages);
}

int packages_add(struct packages *packages, const char *name,
		 const char *version, const char *architecture)
{
	CLEANUP_FREE char *own_name = strdup(name);
	CLEANUP_FREE char *own_version = strdup(version);
	CLEANUP_FREE char *own_architecture = strdup(architecture);

	if (!own_name || !own_version || !own_architecture ||
	    array_grow(&packages->items, packages->count,
		       sizeof(*packages->items)) < 0)
		return -ENOMEM;
	packages->items[packages->count++] = (struct package){
		.name = steal_ptr(&own_name),
		.version = steal_ptr(&own_version),
		.architecture = steal_ptr(&own_architecture),
		.first = packages->path_count,
	};
	return 0;
}

int packages_add_file(struct packages *packages, const char *path,
		      size_t length)
{
	struct package *package = &packages->items[packages->count - 1];

	if (packages->text.length + length >= SEVERAL_OWNERS ||
	    array_grow(&packages->paths, packages->path_count,
		       sizeof(*packages->paths)) < 0)
		return -ENOMEM;
	packages->paths[packages->path_count] = (uint32_t)packages->text.length;
	buf_append(&packages->text, path, length);
	buf_putc(&packages->text, '\0');
	if (buf_check(&packages->text) < 0)
		return -ENOMEM;
	packages->path_count++;
	package->count++;
	return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_path(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3u;
	return hash;
}

/* The slot that holds a path, or the free one where it would go. */
static struct slot *find_slot(const struct packages *packages, const char *path)
{
	size_t at = (size_t)hash_path(path);

	for (;; at++) {
		struct slot *slot = &packages->slots[at & packages->slot_mask];

		if (!slot->path ||
		    strcmp(packages->text.data + slot->path, path) == 0)
			return slot;
	}
}

static void enter_path(struct packages *packages, uint32_t path,
		       uint32_t package)
{
	struct slot *slot = find_slot(packages, packages->text.data + path);

	if (!slot->path)
		*slot = (struct slot){ .path = path, .package = package };
	else if (slot->package != package)
		slot->package = SEVERAL_OWNERS;
}

int packages_freeze(struct packages *packages)
{
	size_t slots = 16;

	if (buf_check(&packages->text) < 0)
		return -ENOMEM;
	while (slots < packages->path_count + packages->path_count / 2)
		slots *= 2;
	packages->slots = calloc(slots, sizeof(*packages->slots));
	if (!packages->slots)
		return -ENOMEM;
	packages->slot_mask = slots - 1;
	for (size_t i = 0; i < packages->count; i++) {
		struct package *package = &packages->items[i];

		package->public = (struct source_package){
			.name = package->name,
			.version = package->version,
			.architecture = package->architecture,
		};
		for (size_t k = 0; k < package->count; k++)
			enter_path(packages,
				   packages->paths[package->first + k],
				   (uint32_t)i);
	}
	return 0;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_files(struct packages *packages, struct package *package)
{
	char **files = calloc(package->count + 1, sizeof(*files));

	if (!files)
		return -ENOMEM;
	for (size_t k = 0; k < package->count; k++)
		files[k] = packages->text.data +
			   packages->paths[package->first + k];
	qsort(files, package->count, sizeof(*files), compare_strings);
	package->files = files;
	package->public.files = files;
	return 0;
}

static bool is_named(const struct package *package, const char *name)
{
	size_t length = strcspn(name, ":");

	return strlen(package->name) == length &&
	       strncmp(package->name, name, length) == 0 &&
	       (!name[length] ||
		strcmp(package->architecture, name + length + 1) == 0);
}

const struct source_package *packages_find(struct packages *packages,
					   const char *name)
{
	for (size_t i = 0; i < packages->count; i++) {
		struct package *package = &packages->items[i];

		if (!is_named(package, name))
			continue;
		if (!package->files && list_files(packages, package) < 0)
			return NULL;
		return &package->public;
	}
	return NULL;
}

const struct source_package *packages_owner(const struct packages *packages,
					    const char *path)
{
	const struct slot *slot = find_slot(packages, path);

	if (!slot->path || slot->package == SEVERAL_OWNERS)
		return NULL;
	return &packages->items[slot->package].public;
}
