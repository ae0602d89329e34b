#include "pack/compressor_code.h"

#include "lib/path.h"

#include <link.h>
#include <stdbool.h>
#include <string.h>

struct search {
	const char *name; /* NULL: the program */
	struct sha256 hash;
	size_t found;
};

static bool is_named(const char *path, const char *name)
{
	const char *file = path_name(path);
	size_t length = strlen(name);

	return strncmp(file, name, length) == 0 &&
	       strncmp(file + length, ".so", 3) == 0;
}

/* What no relocation has written to: code and constants. */
static void hash_segments(const struct dl_phdr_info *object,
			  struct sha256 *hash)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		/* An address as the loader gives it: a number. */
		const void *bytes =
			(const void *)(object->dlpi_addr + segment->p_vaddr);

		if (segment->p_type == PT_LOAD &&
		    (segment->p_flags & (PF_R | PF_W)) == PF_R)
			sha256_update(hash, bytes, segment->p_filesz);
	}
}

/* The program itself is the object without a name. */
static int visit(struct dl_phdr_info *object, size_t size UNUSED, void *context)
{
	struct search *search = context;
	const char *path = object->dlpi_name ? object->dlpi_name : "";

	if (search->name ? is_named(path, search->name) : !*path) {
		hash_segments(object, &search->hash);
		search->found++;
	}
	/* The first without a name is the program, another the kernel's. */
	return search->found > 0;
}

static bool add_object(const char *name, struct sha256 *hash)
{
	struct search search = { .name = name, .hash = *hash };

	(void)dl_iterate_phdr(visit, &search);
	*hash = search.hash;
	return search.found > 0;
}

void compressor_code_digest(const char *name, uint8_t ret_digest[SHA256_SIZE])
{
	struct sha256 hash;

	sha256_init(&hash);
	if (!add_object("libsquashfs", &hash) || !add_object(name, &hash))
		(void)add_object(NULL, &hash);
	sha256_final(&hash, ret_digest);
}
