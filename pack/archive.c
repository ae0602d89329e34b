#include "pack/archive_internal.h"

#include "lib/fdio.h"
#include "lib/path.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum {
	PATH_LIMIT = 4095,
	ENTRY_LIMIT = 1 << 20,
};

static bool has_parent_component(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")); at++)
		if ((at == path || at[-1] == '/') &&
		    (at[2] == '/' || at[2] == '\0'))
			return true;
	return false;
}

static int past_limit(const struct archive_reader *reader, struct diag *diag)
{
	(void)diag_set(diag, -EFBIG,
		       "%s unpacks to more than %" PRIu64 " bytes, with %s",
		       reader->name, reader->limit, reader->path);
	diag_hint(diag,
		  "the limit is %d MiB, or %d times the archive's own "
		  "length if that is more",
		  ARCHIVE_BYTES_ALWAYS >> 20, ARCHIVE_BYTES_PER_BYTE);
	return -EFBIG;
}

/* Components of a path that the one before it did not have: what has to be
 * made for it, as long as the archive is in some order. */
static size_t count_new(const char *before, const char *path)
{
	size_t count = 1;

	while (before && *before && *before == *path) {
		before++;
		path++;
	}
	for (; *path; path++)
		count += *path == '/' && path[1];
	return count;
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

static int take_name(struct archive_reader *reader, struct archive_entry *entry,
		     struct diag *diag)
{
	CLEANUP_FREE char *before = steal_ptr(&reader->path);
	int r = take_path(reader,
			  either(reader->library.entry_pathname(entry),
				 reader->library.entry_pathname_utf8(entry)),
			  &reader->path, diag);

	if (r < 0)
		return r;
	reader->entry_count += count_new(before, reader->path);
	if (reader->entry_count > ENTRY_LIMIT)
		return diag_set(diag, -EFBIG,
				"%s holds more than %d files and directories",
				reader->name, ENTRY_LIMIT);
	return 0;
}

/* What is skipped counts as well: it has to be uncompressed. */
static int take_size(struct archive_reader *reader, struct archive_entry *entry,
		     struct diag *diag)
{
	la_int64_t size = reader->library.entry_size(entry);

	reader->size = ARCHIVE_SIZE_UNKNOWN;
	if (!reader->library.entry_size_is_set(entry)) {
		/* A link that says nothing has nothing. */
		if (reader->target)
			reader->size = 0;
		return 0;
	}
	if (size < 0 || (uint64_t)size > reader->left)
		return past_limit(reader, diag);
	reader->size = (uint64_t)size;
	reader->left -= reader->size;
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
	int r = take_name(reader, entry, diag);

	if (r < 0)
		return r;
	member.path = reader->path;
	r = take_target(reader, entry, &member, diag);
	if (r == 0)
		r = take_size(reader, entry, diag);
	if (r < 0)
		return r;
	if (S_ISREG(member.mode) || member.hard_link)
		member.size = reader->size;
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
		return archive_reader_error(reader, reader->inner, diag);
	r = take_member(reader, entry, ret_member, diag);
	return r < 0 ? r : 1;
}

/* Of a member that did not say how much it holds; `total` is known by now. */
static int count_unknown(struct archive_reader *reader, uint64_t total,
			 struct diag *diag)
{
	if (total > reader->left)
		return past_limit(reader, diag);
	reader->left -= total;
	reader->size = total;
	return 0;
}

/* What may come of the present member. */
static uint64_t member_limit(const struct archive_reader *reader)
{
	return reader->size == ARCHIVE_SIZE_UNKNOWN ? reader->left
						    : reader->size;
}

static int too_long(const struct archive_reader *reader, struct diag *diag)
{
	if (reader->size == ARCHIVE_SIZE_UNKNOWN)
		return past_limit(reader, diag);
	return diag_set(diag, -EBADMSG, "%s in %s is longer than it says",
			reader->path, reader->name);
}

int archive_reader_copy(struct archive_reader *reader, int fd,
			struct diag *diag)
{
	uint64_t end = 0, limit = member_limit(reader);
	const void *data;
	size_t length;
	la_int64_t offset;
	int r;

	while ((r = reader->library.read_data_block(reader->inner, &data,
						    &length, &offset)) ==
	       ARCHIVE_OK) {
		int written;

		if (offset < 0 || (uint64_t)offset > limit ||
		    length > limit - (uint64_t)offset)
			return too_long(reader, diag);
		written = pwrite_all(fd, data, length, (uint64_t)offset);
		if (written < 0)
			return diag_errno(diag, written,
					  "cannot write %s of %s", reader->path,
					  reader->name);
		end = (uint64_t)offset + length;
	}
	if (r != ARCHIVE_EOF)
		return archive_reader_error(reader, reader->inner, diag);
	if (reader->size == ARCHIVE_SIZE_UNKNOWN)
		return count_unknown(reader, end, diag);
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
		return archive_reader_error(reader, reader->inner, diag);
	if (buf_check(buf) < 0)
		return diag_oom(diag);
	return reader->size == ARCHIVE_SIZE_UNKNOWN
		       ? count_unknown(reader, total, diag)
		       : 0;
}
