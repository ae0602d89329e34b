/*
 * Whole reads and writes on descriptors, and files that appear whole or not
 * at all.
 */
#ifndef JAIL_FDIO_H
#define JAIL_FDIO_H

#include "lib/buf.h"
#include "lib/diag.h"

#include <stdint.h>
#include <sys/types.h>

/* Write all of it, whatever the kernel takes at a time. 0 or -errno. */
int write_all(int fd, const void *data, size_t length) MUST_CHECK;
int pwrite_all(int fd, const void *data, size_t length,
	       uint64_t offset) MUST_CHECK;

/* Read exactly `length` bytes; a file that ends before gives -ENODATA. */
int pread_all(int fd, void *data, size_t length, uint64_t offset) MUST_CHECK;

/*
 * Append what `fd` still holds, at most `limit` bytes; more gives -EFBIG.
 * 0 or -errno.
 */
int read_to_end(int fd, size_t limit, struct buf *buf) MUST_CHECK;

/*
 * The whole of a file named by a path the operator gave, with the limit of
 * read_to_end(). The diagnostic names the path.
 */
int read_file(const char *path, size_t limit, struct buf *ret_content,
	      struct diag *diag) MUST_CHECK;

/* Replace the content of an existing kernel file (procfs, cgroupfs): one
 * write, no creation. `dirfd` and `path` as in openat(2). 0 or -errno. */
int write_kernel_file(int dirfd, const char *path, const char *text) MUST_CHECK;

/*
 * A file being written under a temporary name beside its final one.
 * output_begin() creates it (mode 0600 & ~umask until commit), output_commit()
 * flushes it to disk, gives it `mode` as the umask allows and renames it over
 * `path`; output_abort() removes it and is harmless after a commit, so it can
 * be the cleanup. The temporary name is ".NAME.XXXXXX" in the same directory.
 */
struct output {
	int fd;
	char *path;
	char *temporary;
};

#define OUTPUT_INIT ((struct output){ .fd = -1 })
#define CLEANUP_OUTPUT CLEANUP(output_abort)

int output_begin(struct output *output, const char *path,
		 struct diag *diag) MUST_CHECK;
int output_commit(struct output *output, mode_t mode,
		  struct diag *diag) MUST_CHECK;
void output_abort(struct output *output);

#endif
