/*
 * What a node is made of, taken from the sources: owner, permissions, content
 * and package. For place.c; whoever puts things into the tree has place.h.
 */
#ifndef JAILPACK_PLACE_FILL_H
#define JAILPACK_PLACE_FILL_H

#include "lib/diag.h"
#include "pack/place.h"

/* Make the node what its origin is. No set-id bits: the image is mounted
 * nosuid, and a jail has no use for them. */
int place_fill(struct placer *placer, struct node *node,
	       const struct place_origin *origin, struct diag *diag) MUST_CHECK;

#endif
