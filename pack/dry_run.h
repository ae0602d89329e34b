/*
 * What would be packed, and why: --dry-run.
 */
#ifndef JAILPACK_DRY_RUN_H
#define JAILPACK_DRY_RUN_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/tree.h"

/* As --list and its JSON, with reasons but without digests. */
int dry_run_answer(const struct tree *tree, bool json, struct buf *text,
		   struct diag *diag) MUST_CHECK;

#endif
