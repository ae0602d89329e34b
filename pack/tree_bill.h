/*
 * The bill of materials of a tree.
 */
#ifndef JAILPACK_TREE_BILL_H
#define JAILPACK_TREE_BILL_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/diag.h"
#include "pack/tree.h"

/*
 * Call `take` for every node, in order, as an entry of the bill; it lives as
 * long as the call. With `packed`, files have the digests that packing found.
 * A return of `take` that is not 0 ends it and is returned.
 */
int tree_bill_walk(const struct tree *tree, bool packed,
		   int (*take)(const struct bill_file *file, void *context),
		   void *context, struct diag *diag) MUST_CHECK;

/* All of it, from begin to end. */
int tree_bill_write(const struct tree *tree, bool packed,
		    struct bill_writer *writer, struct diag *diag) MUST_CHECK;

#endif
