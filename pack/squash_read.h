/*
 * Reading a squashfs file system back: to check what is in it, and to have the
 * contents of files. It may come from anybody: names, sizes, depth and number
 * are checked, and what no image can have is refused with -EBADMSG.
 */
#ifndef JAILPACK_SQUASH_READ_H
#define JAILPACK_SQUASH_READ_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/block_index.h"
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

/* A file system that is open for its tree and the contents of single files. */
struct squash_reader;

/* The descriptor stays the caller's and must outlive the reader. -EBADMSG if
 * it is no file system that can be read. */
int squash_reader_open(int fd, uint64_t length,
		       struct squash_reader **ret_reader,
		       struct diag *diag) MUST_CHECK;
void squash_reader_close(struct squash_reader *reader);

#define CLEANUP_SQUASH_READER CLEANUP(squash_reader_cleanup_)
static inline void squash_reader_cleanup_(struct squash_reader **reader)
{
	squash_reader_close(*reader);
}

/*
 * As squash_read(), but no content is read and nothing hashed. `time` is that
 * of the file's last change, in seconds since 1970.
 */
int squash_reader_walk(struct squash_reader *reader,
		       int (*visit)(const struct bill_file *file, uint32_t time,
				    void *context),
		       void *context, struct diag *diag) MUST_CHECK;

/*
 * Give the content of the regular file at a normal path to `take`, piece by
 * piece from its start; links are not followed. A return of `take` that is not
 * 0 ends it and is returned. -ENOENT if there is no such file, -EINVAL if it
 * is not a regular one.
 */
int squash_reader_content(struct squash_reader *reader, const char *path,
			  int (*take)(const void *data, size_t length,
				      void *context),
			  void *context, struct diag *diag) MUST_CHECK;

/*
 * Where the file system keeps data: each block of a file and each block of
 * fragments, in no order, twice where files share it. The caller frees them.
 */
int squash_reader_ranges(struct squash_reader *reader,
			 struct block_index_range **ret_ranges,
			 size_t *ret_count, struct diag *diag) MUST_CHECK;

#endif
