/*
 * The items that take all there is: of an archive, or of what a command has
 * made. For gather_items.c.
 */
#ifndef JAILPACK_GATHER_ARCHIVE_H
#define JAILPACK_GATHER_ARCHIVE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/place.h"
#include "pack/recipe.h"

/*
 * ITEM_ARCHIVE, ITEM_BUILD: all that is in placer->archives for it, but
 * devices, pipes and sockets. What an archive calls
 * /lib/x goes through a link /lib that the tree or a source has. What a link
 * leads to is not looked for: the archive does not say what of the sources
 * goes into the jail.
 */
int gather_archive(struct placer *placer, const struct recipe *recipe,
		   const struct recipe_item *item,
		   struct diag *diag) MUST_CHECK;

#endif
