#include "pack/packages.h"

#include <errno.h>
#include <string.h>

struct package {
	struct source_package public;
	char *name, *version, *architecture;
	char **files; /* sorted; made when somebody asks */
};

/*
 * A slot holds the digest of a path in its upper bits and the number of the
 * package, from 1, in its lower ones; 0 is an empty slot. Open addressing.
 */
enum { PACKAGE_BITS = 20 };

#define PACKAGE_MASK ((UINT64_C(1) << PACKAGE_BITS) - 1)
#define SEVERAL PACKAGE_MASK

struct packages {
	packages_list_files list_files;
	void *context;
	struct package *items;
	size_t count;
	uint64_t *slots;
	size_t slot_count; /* 0 or a power of two */
	size_t used;
};

int packages_new(packages_list_files list_files, void *context,
		 struct packages **ret_packages)
{
	struct packages *packages = calloc(1, sizeof(*packages));

	if (!packages)
		return -ENOMEM;
	packages->list_files = list_files;
	packages->context = context;
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
		strv_free(package->files);
	}
	free(packages->items);
	free(packages->slots);
	free(packages);
}

int packages_add(struct packages *packages, const char *name,
		 const char *version, const char *architecture)
{
	CLEANUP_FREE char *own_name = strdup(name);
	CLEANUP_FREE char *own_version = strdup(version);
	CLEANUP_FREE char *own_architecture = strdup(architecture);
	struct package *package;

	if (packages->count >= SEVERAL - 1)
		return -E2BIG;
	if (!own_name || !own_version || !own_architecture ||
	    array_grow(&packages->items, packages->count,
		       sizeof(*packages->items)) < 0)
		return -ENOMEM;
	package = &packages->items[packages->count++];
	*package = (struct package){
		.public = { .name = own_name,
			    .version = own_version,
			    .architecture = own_architecture },
		.name = own_name,
		.version = own_version,
		.architecture = own_architecture,
	};
	own_name = own_version = own_architecture = NULL;
	return 0;
}

/* Eight bytes at a time; the constants are those of MurmurHash3. */
static uint64_t digest_path(const char *path, size_t length)
{
	uint64_t hash = length, word;

	for (; length >= sizeof(word); length -= sizeof(word)) {
		memcpy(&word, path, sizeof(word));
		path += sizeof(word);
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 33;
	}
	word = 0;
	memcpy(&word, path, length);
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (hash ^ (hash >> 33)) & ~PACKAGE_MASK;
}

/* The slot of a digest, or the empty one where it would go. */
static uint64_t *find_slot(uint64_t *slots, size_t count, uint64_t digest)
{
	for (size_t at = (size_t)(digest >> PACKAGE_BITS);; at++) {
		uint64_t *slot = &slots[at & (count - 1)];

		if (!*slot || (*slot & ~PACKAGE_MASK) == digest)
			return slot;
	}
}

/* Two thirds full at most. */
static int make_room(struct packages *packages)
{
	size_t count = packages->slot_count ? packages->slot_count * 2 : 4096;
	uint64_t *slots;

	if (packages->used < packages->slot_count / 3 * 2)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < packages->slot_count; i++) {
		uint64_t value = packages->slots[i];

		if (value)
			*find_slot(slots, count, value & ~PACKAGE_MASK) = value;
	}
	free(packages->slots);
	packages->slots = slots;
	packages->slot_count = count;
	return 0;
}

int packages_add_file(struct packages *packages, const char *path,
		      size_t length)
{
	uint64_t digest = digest_path(path, length), *slot;

	if (make_room(packages) < 0)
		return -ENOMEM;
	slot = find_slot(packages->slots, packages->slot_count, digest);
	if (!*slot) {
		*slot = digest | packages->count;
		packages->used++;
	} else if ((*slot & PACKAGE_MASK) != packages->count) {
		*slot |= SEVERAL;
	}
	return 0;
}

static int list_files(struct packages *packages, size_t package)
{
	CLEANUP(string_list_done) struct string_list list = { 0 };
	struct package *item = &packages->items[package];
	int r = packages->list_files(packages->context, package, &list);

	if (r < 0)
		return r;
	item->files = string_list_steal_sorted(&list);
	item->public.files = item->files;
	return item->files ? 0 : -ENOMEM;
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
		if (!package->files && list_files(packages, i) < 0)
			return NULL;
		return &package->public;
	}
	return NULL;
}

const struct source_package *packages_owner(const struct packages *packages,
					    const char *path)
{
	uint64_t package;

	if (!packages->slot_count)
		return NULL;
	package = *find_slot(packages->slots, packages->slot_count,
			     digest_path(path, strlen(path))) &
		  PACKAGE_MASK;
	if (!package || package == SEVERAL)
		return NULL;
	return &packages->items[package - 1].public;
}
