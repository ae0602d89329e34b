/* An archive, up to where its members begin. */
#include "pack/archive_internal.h"

#include "lib/fdio.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK = 128 << 10 };

int archive_reader_error(const struct archive_reader *reader,
			 struct archive *archive, struct diag *diag)
{
	const char *words = reader->library.error_string(archive);

	return diag_set(diag, -EBADMSG, "cannot read %s: %s", reader->name,
			words ? words : "damaged");
}

void archive_reader_free(struct archive_reader *reader)
{
	if (!reader)
		return;
	if (reader->inner)
		(void)reader->library.read_free(reader->inner);
	if (reader->outer)
		(void)reader->library.read_free(reader->outer);
	free(reader->chunk);
	free(reader->path);
	free(reader->target);
	free(reader);
}

static void cleanup_reader(struct archive_reader **reader)
{
	archive_reader_free(*reader);
}

/*
 * Compressions that the library was built without it would hand to a program
 * of that name: it says so by a warning, and such a one is not taken.
 */
static void add_built_in(const struct archive_library *library,
			 struct archive *archive,
			 int (*const *features)(struct archive *), size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct archive *trial = library->read_new();
		bool built_in = trial && features[i](trial) == ARCHIVE_OK;

		if (built_in)
			(void)features[i](archive);
		if (trial)
			(void)library->read_free(trial);
	}
}

static struct archive *new_tar(const struct archive_library *library)
{
	int (*const filters[])(struct archive *) = {
		library->read_support_filter_gzip,
		library->read_support_filter_bzip2,
		library->read_support_filter_xz,
		library->read_support_filter_lzma,
		library->read_support_filter_zstd,
	};
	struct archive *tar = library->read_new();

	if (!tar)
		return NULL;
	(void)library->read_support_format_tar(tar);
	add_built_in(library, tar, filters, ARRAY_SIZE(filters));
	return tar;
}

/* Not mtree(5), which names files outside of it, and not "raw", which makes
 * an archive of anything. */
static void add_other_kinds(const struct archive_library *library,
			    struct archive *archive)
{
	int (*const kinds[])(struct archive *) = {
		library->read_support_format_cpio,
		library->read_support_format_zip,
		library->read_support_format_iso9660,
		library->read_support_format_7zip,
		library->read_support_format_cab,
		library->read_support_format_xar,
		library->read_support_format_rar,
		library->read_support_format_rar5,
		library->read_support_filter_compress,
		library->read_support_filter_lz4,
		library->read_support_filter_lzip,
		library->read_support_filter_rpm,
	};

	add_built_in(library, archive, kinds, ARRAY_SIZE(kinds));
}

static la_ssize_t read_outer(struct archive *inner, void *context,
			     const void **ret_data)
{
	struct archive_reader *reader = context;
	la_ssize_t got =
		reader->library.read_data(reader->outer, reader->chunk, CHUNK);

	if (got < 0)
		reader->library.set_error(
			inner, EIO, "%s",
			reader->library.error_string(reader->outer));
	*ret_data = reader->chunk;
	return got;
}

/* Leave the outer archive at the member data.tar.* or control.tar.*. */
static int find_part(struct archive_reader *reader, const char *part,
		     struct diag *diag)
{
	struct archive_entry *entry;
	int r;

	while ((r = reader->library.read_next_header(reader->outer, &entry)) ==
	       ARCHIVE_OK) {
		const char *name = reader->library.entry_pathname(entry);

		if (name && strncmp(name, part, strlen(part)) == 0)
			return 0;
	}
	if (r != ARCHIVE_EOF)
		return archive_reader_error(reader, reader->outer, diag);
	return diag_set(diag, -EBADMSG, "there is no %s in %s", part,
			reader->name);
}

static int open_part(struct archive_reader *reader, int fd, const char *part,
		     struct diag *diag)
{
	int r;

	reader->outer = reader->library.read_new();
	reader->chunk = malloc(CHUNK);
	if (!reader->outer || !reader->chunk)
		return diag_oom(diag);
	(void)reader->library.read_support_format_ar(reader->outer);
	if (reader->library.read_open_fd(reader->outer, fd, CHUNK) !=
	    ARCHIVE_OK)
		return archive_reader_error(reader, reader->outer, diag);
	r = find_part(reader, part, diag);
	if (r < 0)
		return r;
	if (reader->library.read_open(reader->inner, reader, NULL, read_outer,
				      NULL) != ARCHIVE_OK)
		return archive_reader_error(reader, reader->inner, diag);
	return 0;
}

static bool is_deb(int fd)
{
	static const char start[] = "!<arch>\ndebian-binary";
	char bytes[sizeof(start) - 1];

	return pread_all(fd, bytes, sizeof(bytes), 0) == 0 &&
	       memcmp(bytes, start, sizeof(bytes)) == 0;
}

static uint64_t bytes_limit(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size < ARCHIVE_BYTES_ALWAYS / ARCHIVE_BYTES_PER_BYTE)
		return ARCHIVE_BYTES_ALWAYS;
	return status.st_size > INT64_MAX / ARCHIVE_BYTES_PER_BYTE
		       ? INT64_MAX
		       : (uint64_t)status.st_size * ARCHIVE_BYTES_PER_BYTE;
}

static int open_whole(struct archive_reader *reader, int fd, struct diag *diag)
{
	if (reader->library.read_open_fd(reader->inner, fd, CHUNK) !=
	    ARCHIVE_OK)
		return archive_reader_error(reader, reader->inner, diag);
	return 0;
}

int archive_reader_open(int fd, const char *name, enum archive_part part,
			struct archive_reader **ret_reader, struct diag *diag)
{
	CLEANUP(cleanup_reader) struct archive_reader *reader = NULL;
	int r = 0;

	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return diag_oom(diag);
	reader->name = name;
	reader->limit = reader->left = bytes_limit(fd);
	r = archive_library_load(&reader->library, diag);
	if (r < 0)
		return r;
	reader->inner = new_tar(&reader->library);
	if (!reader->inner)
		return diag_oom(diag);
	if (part == ARCHIVE_ANY && is_deb(fd))
		part = ARCHIVE_DATA;
	if (part == ARCHIVE_ANY)
		add_other_kinds(&reader->library, reader->inner);
	if (part == ARCHIVE_DATA || part == ARCHIVE_CONTROL)
		r = open_part(reader, fd,
			      part == ARCHIVE_DATA ? "data.tar" : "control.tar",
			      diag);
	else
		r = open_whole(reader, fd, diag);
	if (r < 0)
		return r;
	*ret_reader = steal_ptr(&reader);
	return 0;
}
