/*
 * What the contract says about the host's directories in the jail, and about
 * files whose reading is an alarm: with paths as they are in the tree and
 * owners as numbers. For gather.c.
 */
#ifndef JAILPACK_GATHER_PLACES_H
#define JAILPACK_GATHER_PLACES_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "pack/place.h"
#include "pack/recipe.h"

/* Persistent and shared directories, which are made in the tree to be mounted
 * on. */
int gather_places(struct placer *placer, const struct recipe *recipe,
		  struct config *config, struct diag *diag) MUST_CHECK;

/* Once the tree is complete: every tripwire is a file in it. */
int gather_tripwires(const struct placer *placer, const struct recipe *recipe,
		     struct config *config, struct diag *diag) MUST_CHECK;

#endif
