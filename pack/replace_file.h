/*
 * Small files that are replaced as a whole, by a process that holds the lock
 * of what they belong to: nobody else writes them.
 */
#ifndef JAILPACK_REPLACE_FILE_H
#define JAILPACK_REPLACE_FILE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

/*
 * Readers find the old content or the new. After a power failure the file may
 * be empty: it is for what can be made again.
 */
int replace_file(const char *path, const struct buf *content,
		 struct diag *diag) MUST_CHECK;

#endif
