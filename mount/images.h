/*
 * The images that came from registries, under /var/lib/jailmount/images/, for
 * root alone:
 *
 *   blobs/HEX.sqfs    an image, by the SHA-256 of the whole file
 *   blobs/HEX.blocks  the index of its blocks, to fetch newer ones with
 *   refs/HEX.json     what a reference stood for when it was asked for last,
 *                     by the SHA-256 of its text
 *
 * Nothing here is trusted by its name: an image is verified when it is run, as
 * any other.
 */
#ifndef JAILMOUNT_IMAGES_H
#define JAILMOUNT_IMAGES_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/registry.h"

#include <stdbool.h>

#define IMAGES_DIRECTORY "/var/lib/jailmount/images"

enum { IMAGES_BASES_MAX = 4, IMAGES_KEEP = 2 };

struct images_options {
	const char *ca_file, *auth_file; /* as in struct registry_options */
	bool plain_http;
};

/* What is kept of one reference. */
struct image_record {
	char *reference;
	char *manifest; /* digests, "sha256:..." */
	char *image;
	char *name, *version; /* of the jail; version may be "" */
	char *root_hash;
	uint64_t size;
	int64_t pulled; /* seconds since 1970 */
};

void image_record_done(struct image_record *record);

/*
 * The path of the image that a reference stands for now: asked of the
 * registry, and fetched as far as it is not here. One with a digest that is
 * here is not asked for. If the registry cannot be reached, the one that was
 * fetched last will do: that is said on standard error. The caller frees it.
 */
int images_fetch(const char *reference, const struct images_options *options,
		 char **ret_path, struct diag *diag) MUST_CHECK;

/* All records, the one fetched last first. The caller releases each, and the
 * array. No directory is no record. */
int images_list(struct image_record **ret_records, size_t *ret_count,
		struct diag *diag) MUST_CHECK;

/*
 * Remove what is not among the last `keep` of its repository and not what a
 * jail runs from, whose root hashes `running` has. Tells what went.
 */
int images_collect(unsigned int keep, char *const *running, struct buf *text,
		   struct diag *diag) MUST_CHECK;

/* The path of a record's image or of its index; the caller frees it. NULL when
 * memory runs out. */
char *images_blob_path(const char *digest, const char *suffix) MUST_CHECK;

/* One record, read or written whole; for images*.c alone. -ENOENT if there is
 * none. */
int image_record_read(const char *reference, struct image_record *ret_record,
		      struct diag *diag) MUST_CHECK;
int image_record_write(const struct image_record *record,
		       struct diag *diag) MUST_CHECK;

/* Open the directories, made if they are missing, and lock them: shared to
 * fetch, exclusive to collect. A descriptor that holds the lock. */
int images_lock(bool exclusive, int *ret_fd, struct diag *diag) MUST_CHECK;

#endif
