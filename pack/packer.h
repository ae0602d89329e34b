/*
 * One recipe, from its path to its image: read, gathered, sealed, told.
 */
#ifndef JAILPACK_PACKER_H
#define JAILPACK_PACKER_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/options.h"

struct packer {
	const struct options *options;
	char **include_path;   /* NULL-terminated */
	uint32_t time;	       /* of every file; seconds since 1970 */
	struct signer *signer; /* NULL without --key */
	/* A warning, to be told at once. */
	void (*warn)(void *context, const char *text);
	void *context;
};

/*
 * Check what does not depend on a recipe, open the key, and take
 * SOURCE_DATE_EPOCH and the places of recipe fragments from the environment of
 * the process. -EINVAL for what the operator must change.
 */
int packer_init(struct packer *packer, const struct options *options,
		struct diag *diag) MUST_CHECK;
void packer_done(struct packer *packer);

/*
 * Pack, or with --dry-run only say what would be packed. What is to be told
 * is appended to `text`. A signal that asks to stop ends the process once
 * nothing half-made is left.
 */
int packer_run(const struct packer *packer, const char *recipe_path,
	       struct buf *text, struct diag *diag) MUST_CHECK;

/* --check: gather what would be packed, check that, and give the score. */
int packer_check(const struct packer *packer, const char *recipe_path,
		 struct buf *text, uint64_t *ret_score,
		 struct diag *diag) MUST_CHECK;

#endif
