/* An archive as a source. */
#include "pack/source_internal.h"

#include "lib/fdio.h"
#include "pack/archive.h"
#include "pack/digest.h"
#include "pack/scratch.h"
#include "pack/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* In the scratch directory. */
#define TREE "tree"
#define INDEX "index"

static int open_file(const struct archive_options *options, int *ret_fd,
		     struct diag *diag)
{
	/* O_NONBLOCK: a FIFO would wait for its writer. */
	CLEANUP_CLOSE int fd = open(
		options->path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return diag_errno(diag, -errno, "cannot open the archive %s",
				  options->name);
	if (!S_ISREG(status.st_mode))
		return diag_set(
			diag, S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL,
			"the archive %s is not a regular file", options->name);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int examine_file(const struct archive_options *options, int fd,
			struct diag *diag)
{
	uint8_t digest[SHA256_SIZE];
	int r;

	if (!options->examine)
		return 0;
	r = digest_file(fd, digest);
	if (r < 0)
		return diag_errno(diag, r, "cannot read the archive %s",
				  options->name);
	return options->examine(options->context, digest, diag);
}

static int make_tree(const struct scratch *scratch, int *ret_tree,
		     struct diag *diag)
{
	int tree = -1;

	if (mkdirat(scratch->fd, TREE, 0755) == 0)
		tree = openat(scratch->fd, TREE,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree < 0)
		return diag_errno(diag, -errno,
				  "cannot make a directory to unpack in");
	*ret_tree = tree;
	return 0;
}

static int unpack_file(const struct archive_options *options, int fd,
		       const struct unpack *unpack, struct diag *diag)
{
	struct archive_reader *reader;
	int r = archive_reader_open(fd, options->name, ARCHIVE_ANY, &reader,
				    diag);

	if (r < 0)
		return r;
	r = unpack_archive(unpack, reader, diag);
	archive_reader_free(reader);
	if (r < 0)
		return diag_wrap(diag, r, "the archive %s", options->name);
	return 0;
}

/* Of two members of one name the later counts, of two records in an index the
 * first. */
static int put_reversed(const struct buf *records, struct buf *index)
{
	CLEANUP_FREE struct root_record *all = NULL;
	size_t count = 0, at = 0;

	while (at < records->length) {
		if (array_grow(&all, count, sizeof(*all)) < 0)
			return -ENOMEM;
		if (root_index_next(records, &at, &all[count]) < 0)
			return -EBADMSG;
		count++;
	}
	while (count)
		root_index_put(index, &all[--count]);
	return 0;
}

static int write_index(const struct scratch *scratch, const struct buf *records,
		       struct diag *diag)
{
	const struct root_record end = { .kind = ROOT_END };
	CLEANUP_BUF struct buf index = BUF_INIT;
	CLEANUP_CLOSE int fd = -1;
	int r;

	root_index_put_header(&index);
	r = put_reversed(records, &index);
	root_index_put(&index, &end);
	if (r == 0)
		r = buf_check(&index);
	if (r == 0) {
		fd = openat(scratch->fd, INDEX,
			    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		r = fd < 0 ? -errno : write_all(fd, index.data, index.length);
	}
	return r < 0 ? diag_errno(diag, r, "cannot write what is unpacked") : 0;
}

static int unpack_into(const struct scratch *scratch,
		       const struct archive_options *options, int fd,
		       struct buf *ignored, struct diag *diag)
{
	CLEANUP_BUF struct buf records = BUF_INIT;
	CLEANUP_CLOSE int tree = -1;
	struct unpack unpack = { .kind = UNPACK_PLAIN,
				 .records = &records,
				 .ignored = ignored };
	int r = make_tree(scratch, &tree, diag);

	if (r < 0)
		return r;
	unpack.root = tree;
	r = unpack_file(options, fd, &unpack, diag);
	return r < 0 ? r : write_index(scratch, &records, diag);
}

static void release(void *released)
{
	scratch_done(released);
	free(released);
}

/* The scratch directory is taken over when this succeeds. */
static int new_source(struct scratch *scratch, const char *name,
		      struct source **ret_source, struct diag *diag)
{
	CLEANUP_FREE struct scratch *kept = malloc(sizeof(*kept));
	char *own = strdup(name);
	struct source *source = NULL;
	int root, r;

	if (!kept || !own) {
		free(own);
		return diag_oom(diag);
	}
	root = openat(scratch->fd, TREE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		free(own);
		return diag_errno(diag, -errno, "cannot open what is unpacked");
	}
	r = source_new(root, own, &source, diag);
	if (r == 0)
		r = root_index_read(scratch->fd, INDEX, &source->index, diag);
	if (r < 0) {
		source_free(source);
		return r;
	}
	*kept = *scratch;
	*scratch = SCRATCH_INIT;
	source->release = release;
	source->released = steal_ptr(&kept);
	*ret_source = source;
	return 0;
}

int source_open_archive(const struct archive_options *options,
			struct buf *ignored, struct source **ret_source,
			struct diag *diag)
{
	CLEANUP_SCRATCH struct scratch scratch = SCRATCH_INIT;
	CLEANUP_CLOSE int fd = -1;
	int r = open_file(options, &fd, diag);

	if (r == 0)
		r = examine_file(options, fd, diag);
	if (r == 0)
		r = scratch_new(options->cache, &scratch, diag);
	if (r == 0)
		r = unpack_into(&scratch, options, fd, ignored, diag);
	return r < 0 ? r
		     : new_source(&scratch, options->name, ret_source, diag);
}
