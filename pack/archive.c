#include "pack/archive.h"

#include "lib/fdio.h"
#include "lib/path.h"
#include "pack/archive_library.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CHUNK = 128 << 10,
	PATH_LIMIT = 4095,
	MEMBER_LIMIT = 1 << 20,
};

struct archive_reader {
	struct archive_library library;
	const char *name;
	struct archive *outer; /* the .deb, or NULL */
	struct archive *inner; /* the tar */
	char *chunk;	       /* of the outer on its way to the inner */
	size_t member_count;
	char *path, *target; /* of the present member */
	uint64_t size;	     /* its own */
};

/* libarchive's own words, which end without a newline. */
static int reader_error(const struct archive_reader *reader,
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
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct archive *trial = library->read_new();
		bool built_in = trial && filters[i](trial) == ARCHIVE_OK;

		if (built_in)
			(void)filters[i](tar);
		if (trial)
			(void)library->read_free(trial);
	}
	return tar;
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
		return reader_error(reader, reader->outer, diag);
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
		return reader_error(reader, reader->outer, diag);
	r = find_part(reader, part, diag);
	if (r < 0)
		return r;
	if (reader->library.read_open(reader->inner, reader, NULL, read_outer,
				      NULL) != ARCHIVE_OK)
		return reader_error(reader, reader->inner, diag);
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
	r = archive_library_load(&reader->library, diag);
	if (r < 0)
		return r;
	reader->inner = new_tar(&reader->library);
	if (!reader->inner)
		return diag_oom(diag);
	if (part != ARCHIVE_WHOLE)
		r = open_part(reader, fd,
			      part == ARCHIVE_DATA ? "data.tar" : "control.tar",
			      diag);
	else if (reader->library.read_open_fd(reader->inner, fd, CHUNK) !=
		 ARCHIVE_OK)
		r = reader_error(reader, reader->inner, diag);
	if (r < 0)
		return r;
	*ret_reader = steal_ptr(&reader);
	return 0;
}

static bool has_parent_component(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at++)
		if ((at == path || at[-1] == '/') &&
		    (at[2] == '/' || at[2] == '\0'))
			return true;
	return false;
}

/* A name in the archive as a path beneath its root. */
static int take_path(const struct archive_reader *reader, const char *name,
		     char **ret_path, struct diag *diag)
{
	char *path;

	if (!name || !*name)
		return diag_set(diag, -EBADMSG,
				"%s holds a file without a name", reader->name);
	if (strlen(name) > PATH_LIMIT)
		return diag_set(diag, -EBADMSG,
				"%s holds a name of more than %d bytes",
				reader->name, PATH_LIMIT);
	if (*name == '/' || has_parent_component(name))
		return diag_set(diag, -EBADMSG,
				"%s holds %s, which leads out of it",
				reader->name, name);
	path = path_normalize(name);
	if (!path)
		return diag_oom(diag);
	free(*ret_path);
	*ret_path = path;
	return 0;
}

/* pax names are UTF-8, and no locale need be set to read them. */
static const char *either(const char *bytes, const char *utf8)
{
	return bytes ? bytes : utf8;
}

static int take_target(struct archive_reader *reader,
		       struct archive_entry *entry,
		       struct archive_member *member, struct diag *diag)
{
	const char *hard = either(reader->library.entry_hardlink(entry),
				  reader->library.entry_hardlink_utf8(entry));
	const char *soft = either(reader->library.entry_symlink(entry),
				  reader->library.entry_symlink_utf8(entry));
	int r;

	free(steal_ptr(&reader->target));
	if (hard) {
		r = take_path(reader, hard, &reader->target, diag);
		if (r < 0)
			return r;
		member->hard_link = true;
		member->size = 0;
	} else if (S_ISLNK(member->mode)) {
		if (!soft || !*soft || strlen(soft) > PATH_LIMIT)
			return diag_set(diag, -EBADMSG,
					"the link %s in %s leads nowhere",
					member->path, reader->name);
		reader->target = strdup(soft);
		if (!reader->target)
			return diag_oom(diag);
	}
	member->target = reader->target;
	return 0;
}

static int take_member(struct archive_reader *reader,
		       struct archive_entry *entry,
		       struct archive_member *ret_member, struct diag *diag)
{
	const char *user = either(reader->library.entry_uname(entry),
				  reader->library.entry_uname_utf8(entry));
	const char *group = either(reader->library.entry_gname(entry),
				   reader->library.entry_gname_utf8(entry));
	struct archive_member member = {
		.mode = reader->library.entry_mode(entry),
		.user = user && *user ? user : NULL,
		.group = group && *group ? group : NULL,
		.uid = (uint32_t)reader->library.entry_uid(entry),
		.gid = (uint32_t)reader->library.entry_gid(entry),
		.major = (unsigned int)reader->library.entry_rdevmajor(entry),
		.minor = (unsigned int)reader->library.entry_rdevminor(entry),
	};
	int r;

	if (S_ISREG(member.mode))
		member.size = (uint64_t)reader->library.entry_size(entry);
	r = take_path(reader,
		      either(reader->library.entry_pathname(entry),
			     reader->library.entry_pathname_utf8(entry)),
		      &reader->path, diag);
	if (r < 0)
		return r;
	member.path = reader->path;
	r = take_target(reader, entry, &member, diag);
	if (r < 0)
		return r;
	reader->size = member.size;
	*ret_member = member;
	return 0;
}

int archive_reader_next(struct archive_reader *reader,
			struct archive_member *ret_member, struct diag *diag)
{
	struct archive_entry *entry;
	int r = reader->library.read_next_header(reader->inner, &entry);

	if (r == ARCHIVE_EOF)
		return 0;
	/* A warning is about what cannot be told in the C locale. */
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return reader_error(reader, reader->inner, diag);
	if (++reader->member_count > MEMBER_LIMIT)
		return diag_set(diag, -EBADMSG, "%s holds more than %d files",
				reader->name, MEMBER_LIMIT);
	r = take_member(reader, entry, ret_member, diag);
	return r < 0 ? r : 1;
}

int archive_reader_copy(struct archive_reader *reader, int fd,
			struct diag *diag)
{
	uint64_t end = 0;
	const void *data;
	size_t length;
	la_int64_t offset;
	int r;

	while ((r = reader->library.read_data_block(reader->inner, &data,
						    &length, &offset)) ==
	       ARCHIVE_OK) {
		int written = pwrite_all(fd, data, length, (uint64_t)offset);

		if (written < 0)
			return diag_errno(diag, written,
					  "cannot write %s of %s", reader->path,
					  reader->name);
		end = (uint64_t)offset + length;
	}
	if (r != ARCHIVE_EOF)
		return reader_error(reader, reader->inner, diag);
	if (end > reader->size)
		return diag_set(diag, -EBADMSG,
				"%s in %s is longer than it says", reader->path,
				reader->name);
	/* A hole at the end. */
	if (end < reader->size && ftruncate(fd, (off_t)reader->size) < 0)
		return diag_errno(diag, -errno, "cannot write %s of %s",
				  reader->path, reader->name);
	return 0;
}

int archive_reader_read(struct archive_reader *reader, size_t limit,
			struct buf *buf, struct diag *diag)
{
	char chunk[4096];
	size_t total = 0;
	la_ssize_t got;

	while ((got = reader->library.read_data(reader->inner, chunk,
						sizeof(chunk))) > 0) {
		if ((size_t)got > limit - total)
			return diag_set(diag, -EFBIG,
					"%s in %s has more than %zu bytes",
					reader->path, reader->name, limit);
		total += (size_t)got;
		buf_append(buf, chunk, (size_t)got);
	}
	if (got < 0)
		return reader_error(reader, reader->inner, diag);
	return buf_check(buf) < 0 ? diag_oom(diag) : 0;
}
