/*
 * Paths as people give them, looked up in a bill of materials.
 */
#ifndef JAILPACK_BILL_PATH_H
#define JAILPACK_BILL_PATH_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/diag.h"

/*
 * The file that `path` means: that of the name itself, be it a link, or the
 * one that the links on the way lead to. NULL in *ret_file if there is none.
 */
int bill_resolve(const struct bill *bill, const char *path,
		 const struct bill_file **ret_file,
		 struct diag *diag) MUST_CHECK;

/* The same, but a link at the end is followed as well: never a link. */
int bill_follow(const struct bill *bill, const char *path,
		const struct bill_file **ret_file,
		struct diag *diag) MUST_CHECK;

/* -ENOENT for a path that `image` has nothing at, with a suggestion. */
int bill_not_there(const struct bill *bill, const char *image, const char *path,
		   struct diag *diag);

#endif
