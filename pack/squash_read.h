/*
 * Reading a squashfs file system back, to check what is in it.
 */
#ifndef JAILPACK_SQUASH_READ_H
#define JAILPACK_SQUASH_READ_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/diag.h"

#include <stdint.h>

/*
 * Visit every file of the file system in the first `length` bytes of `fd`, in
 * the order of bill_compare_paths(), contents read and hashed. What it is
 * given has no reason and no package, and lives as long as the call. A return
 * that is not 0 ends the walk and is returned; -EBADMSG if the file system
 * cannot be read.
 */
int squash_read(int fd, uint64_t length,
		int (*visit)(const struct bill_file *file, void *context),
		void *context, struct diag *diag) MUST_CHECK;

#endif
