/*
 * Fetching a jail image from a registry into a file: whole, or, where older
 * images are at hand, only the blocks that none of them has.
 *
 * Whatever way it came, the file's SHA-256 is the one that the manifest names
 * before anybody is told that it is there.
 */
#ifndef JAIL_PULL_H
#define JAIL_PULL_H

#include "lib/artifact.h"
#include "lib/base.h"
#include "lib/block_index.h"
#include "lib/diag.h"
#include "lib/registry.h"

/* An older image to take blocks from. It need not be what its index says: what
 * is taken is checked. */
struct pull_base {
	int fd;
	struct block_index index;
};

void pull_base_done(struct pull_base *base);

struct pull_options {
	struct registry_options registry;
	/* Told how much of `all` bytes has come; may be NULL. */
	void (*progress)(void *context, const char *phase, uint64_t done,
			 uint64_t all);
	void *context;
};

/* What a reference stands for at this moment. */
struct pull {
	const struct pull_options *options;
	struct registry *registry;
	struct artifact artifact;
	char manifest_digest[DIGEST_TEXT_SIZE];
	uint64_t fetched; /* bytes of blobs that have come over the network */
	uint64_t reused;  /* bytes that older images had */
};

#define PULL_INIT ((struct pull){ 0 })
#define CLEANUP_PULL CLEANUP(pull_done)

/* Ask the registry for the manifest. Reference and options must outlive it. */
int pull_begin(struct pull *pull, const struct reference *reference,
	       const struct pull_options *options,
	       struct diag *diag) MUST_CHECK;
void pull_done(struct pull *pull);

/* The index of the image's blocks as it came, its digest checked; empty if
 * there is none. */
int pull_index(struct pull *pull, struct buf *ret_data,
	       struct diag *diag) MUST_CHECK;

/* The contract and the signature, likewise. */
int pull_config(struct pull *pull, struct buf *ret_data,
		struct diag *diag) MUST_CHECK;

/*
 * The image into `fd`, which is open for reading and writing. What the file
 * has already is taken for the beginning of it that came earlier; it is
 * emptied if that proves wrong. With bases and an index, `index` not NULL,
 * blocks are taken from there. -EBADMSG if what came is not what the manifest
 * says; after any failure but that one the file holds a beginning to go on
 * from.
 */
int pull_image(struct pull *pull, const struct block_index *index,
	       const struct pull_base *bases, size_t base_count, int fd,
	       struct diag *diag) MUST_CHECK;

/*
 * Put an image together out of blocks of the bases and, where none has one, of
 * what `fetch` brings: for pull_image() and its tests. The hash tree is
 * computed. What came is not checked as a whole. 0, what `fetch` returned, or
 * -errno of the file.
 */
struct pull_source {
	/* Write `length` bytes from `offset` on into the same place of `fd`. */
	int (*fetch)(void *context, int fd, uint64_t offset, uint64_t length,
		     struct diag *diag);
	void *context;
};
int pull_assemble(const struct block_index *index,
		  const struct pull_base *bases, size_t base_count,
		  const struct pull_source *source, int fd,
		  uint64_t *ret_reused, struct diag *diag) MUST_CHECK;

#endif
