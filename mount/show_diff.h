/*
 * Changes and what was executed, as an action prints them: for a jail that
 * runs, and for evidence.
 */
#ifndef JAILMOUNT_SHOW_DIFF_H
#define JAILMOUNT_SHOW_DIFF_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/diff.h"
#include "mount/options.h"

#include <jansson.h>

/*
 * As text or, with options->json, as one object. `about` becomes part of that:
 * {"executed":[...],"unlisted":N} of witness.h, and what else there is to say.
 */
int show_diff(const struct options *options, const struct diff *diff,
	      uint32_t range_base, const json_t *about,
	      struct diag *diag) MUST_CHECK;

/* show_evidence.c: the same of a piece of evidence. */
int show_kept_diff(const struct options *options, const char *name,
		   struct diag *diag) MUST_CHECK;

/* The piece that tells most of a generation, the newest of that number; the
 * caller frees it. -ENOENT. */
int find_kept_generation(const char *jail, unsigned int generation,
			 char **ret_piece, struct diag *diag) MUST_CHECK;

#endif
