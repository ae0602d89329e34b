/*
 * What jailpack does with registries.
 */
#ifndef JAILPACK_REGISTRY_ANSWERS_H
#define JAILPACK_REGISTRY_ANSWERS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/progress.h"
#include "lib/registry.h"

#include <stdbool.h>

struct registry_how {
	struct registry_options registry;
	struct progress *progress;
	const char *output; /* of --pull; NULL: NAME.sqfs here */
	const char *base;   /* likewise: an older image, or NULL */
	bool json;
};

/* --push: an image to a registry, beneath a tag. What it has already is not
 * sent. */
int push_answer(const char *image, const char *reference,
		const struct registry_how *how, struct buf *text,
		struct diag *diag) MUST_CHECK;

/*
 * --pull: an image from a registry, into a file that appears whole or not at
 * all. Blocks that the base has, or the file that is to be replaced, are not
 * fetched.
 */
int pull_answer(const char *reference, const struct registry_how *how,
		struct buf *text, struct diag *diag) MUST_CHECK;

/* --tags: the names that a repository has. */
int tags_answer(const char *repository, const struct registry_how *how,
		struct buf *text, struct diag *diag) MUST_CHECK;

/* --inspect of a reference: who it is and what it asks for, without fetching
 * the image. Nothing of that is sure before the image has come. */
int inspect_reference_answer(const char *reference,
			     const struct registry_how *how, struct buf *text,
			     struct diag *diag) MUST_CHECK;

/* The index of an image's blocks, computed from its file system. */
struct subject;
struct block_index;
int image_index(const struct subject *subject, struct block_index *ret_index,
		struct diag *diag) MUST_CHECK;

#endif
