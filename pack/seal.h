/*
 * From a whole tree and its contract to a finished image: squashfs, manifest,
 * hash tree, signature, footer. The file appears whole, by rename, or not at
 * all.
 */
#ifndef JAILPACK_SEAL_H
#define JAILPACK_SEAL_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/image.h"
#include "pack/signer.h"
#include "pack/squash.h"
#include "pack/tree.h"

struct seal_options {
	struct squash_options squash;
	const char *path;	     /* of the image */
	const struct signer *signer; /* NULL: it is not signed */
	/* What is done once the file system is written; NULL: nobody asks. */
	void (*phase)(void *context, const char *text);
	void *context;
};

int seal_image(const struct tree *tree, const struct config *config,
	       const struct seal_options *options,
	       struct image_layout *ret_layout, struct diag *diag) MUST_CHECK;

#endif
