#include "mount/evidence_archive.h"

#include "lib/archive_library.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum {
	CHUNK = 128 << 10,
	PATH_LIMIT = 16384,
	XATTR_NAMES_MAX = 64 << 10,
	XATTR_VALUE_MAX = 64 << 10,
};

struct writer {
	struct archive_library library;
	struct archive *archive;
	struct archive_entry *entry; /* used again for each */
	const struct evidence_archive_limits *limits;
	struct evidence_archive_result result;
	char path[PATH_LIMIT]; /* of the entry, without a leading slash */
	char *chunk;
};

static void writer_done(struct writer *writer)
{
	if (writer->entry)
		writer->library.entry_free(writer->entry);
	if (writer->archive)
		(void)writer->library.write_free(writer->archive);
	free(writer->chunk);
}

static int archive_failed(struct writer *writer, struct diag *diag)
{
	const char *words = writer->library.error_string(writer->archive);

	return diag_set(diag, -EIO, "cannot write the archive: %s",
			words ? words : "unknown error");
}

/* --- One entry ------------------------------------------------------------ */

static void add_attributes(struct writer *writer, int fd)
{
	CLEANUP_FREE char *names = malloc(XATTR_NAMES_MAX);
	CLEANUP_FREE char *value = malloc(XATTR_VALUE_MAX);
	ssize_t length;

	if (!names || !value)
		return;
	length = flistxattr(fd, names, XATTR_NAMES_MAX);
	for (const char *name = names; length > 0 && name < names + length;
	     name += strlen(name) + 1) {
		ssize_t size = fgetxattr(fd, name, value, XATTR_VALUE_MAX);

		if (size >= 0)
			writer->library.entry_xattr_add_entry(
				writer->entry, name, value, (size_t)size);
	}
}

static int64_t jail_id(uint32_t id, uint32_t base)
{
	return id >= base && id - base < 65536 ? id - base : id;
}

/* How much of it is stored. */
static uint64_t stored_size(struct writer *writer, const struct stat *st)
{
	uint64_t left = writer->limits->bytes - writer->result.bytes;
	uint64_t size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;

	if (size <= left)
		return size;
	writer->result.shortened++;
	writer->result.truncated = true;
	return left;
}

static int write_header(struct writer *writer, const struct stat *st,
			const char *target, int fd, uint64_t size,
			struct diag *diag)
{
	const struct archive_library *library = &writer->library;
	struct archive_entry *entry = writer->entry;
	uint32_t base = writer->limits->range_base;

	library->entry_clear(entry);
	library->entry_copy_stat(entry, st);
	library->entry_set_pathname(entry, writer->path);
	library->entry_set_uid(entry, jail_id(st->st_uid, base));
	library->entry_set_gid(entry, jail_id(st->st_gid, base));
	library->entry_set_size(entry, (int64_t)size);
	if (target)
		library->entry_set_symlink(entry, target);
	if (fd >= 0)
		add_attributes(writer, fd);
	/* A warning tells of a name that is not UTF-8; it is there. */
	if (library->write_header(writer->archive, entry) < ARCHIVE_WARN)
		return archive_failed(writer, diag);
	writer->result.entries++;
	return 0;
}

/* What has become shorter meanwhile is filled up with zeros. */
static int write_content(struct writer *writer, int fd, uint64_t size,
			 struct diag *diag)
{
	for (uint64_t done = 0; done < size;) {
		size_t wanted =
			size - done < CHUNK ? (size_t)(size - done) : CHUNK;
		ssize_t got = pread(fd, writer->chunk, wanted, (off_t)done);

		if (got <= 0)
			break;
		if (writer->library.write_data(writer->archive, writer->chunk,
					       (size_t)got) < 0)
			return archive_failed(writer, diag);
		done += (uint64_t)got;
		writer->result.bytes += (uint64_t)got;
	}
	return 0;
}

static int add_file(struct writer *writer, int directory, const char *name,
		    struct stat *st, struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(directory, name,
				      O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
					      O_NOCTTY | O_CLOEXEC);
	uint64_t size;
	int r;

	if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
		return 0; /* gone meanwhile */
	size = stored_size(writer, st);
	r = write_header(writer, st, NULL, fd, size, diag);
	return r == 0 ? write_content(writer, fd, size, diag) : r;
}

static int add_link(struct writer *writer, int directory, const char *name,
		    const struct stat *st, struct diag *diag)
{
	char target[4096];
	ssize_t length = readlinkat(directory, name, target, sizeof(target));

	if (length < 0 || (size_t)length >= sizeof(target))
		return 0;
	target[length] = '\0';
	return write_header(writer, st, target, -1, 0, diag);
}

/* --- Walking -------------------------------------------------------------- */

static int add_directory(struct writer *writer, int directory, size_t length,
			 int depth, struct diag *diag);

static int add_subdirectory(struct writer *writer, int directory,
			    const char *name, size_t length, int depth,
			    struct diag *diag)
{
	CLEANUP_CLOSE int fd =
		openat(directory, name,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (depth >= DIFF_DEPTH_MAX) {
		writer->result.truncated = true;
		return 0;
	}
	return add_directory(writer, fd, length, depth + 1, diag);
}

static int add_name(struct writer *writer, int directory, const char *name,
		    size_t length, int depth, struct diag *diag)
{
	struct stat st;
	int more;

	if (writer->result.entries >= writer->limits->entries) {
		writer->result.truncated = true;
		return 0;
	}
	more = snprintf(writer->path + length, PATH_LIMIT - length, "/%s",
			name);
	if (more < 0 || (size_t)more >= PATH_LIMIT - length) {
		writer->result.truncated = true;
		return 0;
	}
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return add_subdirectory(writer, directory, name,
					length + (size_t)more, depth, diag);
	if (S_ISREG(st.st_mode))
		return add_file(writer, directory, name, &st, diag);
	if (S_ISLNK(st.st_mode))
		return add_link(writer, directory, name, &st, diag);
	/* tar has no sockets; processes.json has those that are in use. */
	if (S_ISSOCK(st.st_mode))
		return 0;
	return write_header(writer, &st, NULL, -1, 0, diag);
}

/* writer->path is the directory's, `length` bytes long. */
static int add_directory(struct writer *writer, int directory, size_t length,
			 int depth, struct diag *diag)
{
	struct dirent *entry;
	struct stat st;
	DIR *stream;
	int copy, r;

	writer->path[length] = '\0';
	if (fstat(directory, &st) < 0)
		return 0;
	r = write_header(writer, &st, NULL, directory, 0, diag);
	copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return r;
	stream = fdopendir(copy);
	if (!stream) {
		close_fd(&copy);
		return diag_oom(diag);
	}
	while (r == 0 && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = add_name(writer, directory, entry->d_name, length,
				     depth, diag);
	}
	(void)closedir(stream);
	return r;
}

static int begin(struct writer *writer, int fd, struct diag *diag)
{
	const struct archive_library *library = &writer->library;
	int r = archive_library_load(&writer->library, diag);

	if (r < 0)
		return r;
	writer->archive = library->write_new();
	writer->entry = library->entry_new();
	writer->chunk = malloc(CHUNK);
	if (!writer->archive || !writer->entry || !writer->chunk)
		return diag_oom(diag);
	if (library->write_set_format_pax(writer->archive) != ARCHIVE_OK ||
	    library->write_set_format_option(writer->archive, "pax",
					     "xattrheader",
					     "SCHILY") != ARCHIVE_OK ||
	    library->write_open_fd(writer->archive, fd) != ARCHIVE_OK)
		return archive_failed(writer, diag);
	return 0;
}

int evidence_archive_write(int fd, const struct diff_source *layers,
			   const struct evidence_archive_limits *limits,
			   struct evidence_archive_result *ret_result,
			   struct diag *diag)
{
	struct writer writer CLEANUP(writer_done) = { .limits = limits };
	int r = begin(&writer, fd, diag);

	for (size_t i = 0; r == 0 && i < layers->layer_count; i++) {
		int length = snprintf(writer.path, PATH_LIMIT, "%s",
				      layers->layers[i].path + 1);

		if (length < 0 || length >= PATH_LIMIT)
			return diag_set(diag, -ENAMETOOLONG,
					"the path of a layer is too long");
		r = add_directory(&writer, layers->layer_fds[i], (size_t)length,
				  0, diag);
	}
	if (r == 0 && writer.library.write_close(writer.archive) != ARCHIVE_OK)
		r = archive_failed(&writer, diag);
	if (r == 0)
		*ret_result = writer.result;
	return r;
}
