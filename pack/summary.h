/*
 * What is told of an image that was packed.
 */
#ifndef JAILPACK_SUMMARY_H
#define JAILPACK_SUMMARY_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/image.h"
#include "pack/block_cache.h"
#include "pack/tree.h"

#include <stdbool.h>

struct summary {
	const char *path; /* of the image */
	const struct tree *tree;
	const struct config *config;
	struct image_layout layout;
	struct block_cache_counts blocks; /* 0 without a cache */
};

/* Append it, as text or JSON. */
int summary_write(const struct summary *summary, bool json, struct buf *text,
		  struct diag *diag) MUST_CHECK;

#endif
