/* The content of what was kept: the pax archive of evidence_archive.h. */
#include "lib/archive_library.h"
#include "lib/buf.h"
#include "lib/printable.h"
#include "lib/sha256.h"
#include "mount/diff_class.h"
#include "mount/evidence_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 64 << 10 };

struct reader {
	struct archive_library library;
	struct archive *archive;
	struct diff *diff;
	struct diff_entry **by_path;
};

static void reader_done(struct reader *reader)
{
	if (reader->archive)
		(void)reader->library.read_free(reader->archive);
	free(reader->by_path);
}

static int compare_paths(const void *a, const void *b)
{
	const struct diff_entry *const *left = a, *const *right = b;

	return strcmp((*left)->path, (*right)->path);
}

static int sort_by_path(struct reader *reader)
{
	struct diff *diff = reader->diff;

	reader->by_path = calloc(diff->count + 1, sizeof(struct diff_entry *));
	if (!reader->by_path)
		return -ENOMEM;
	for (size_t i = 0; i < diff->count; i++)
		reader->by_path[i] = &diff->entries[i];
	qsort(reader->by_path, diff->count, sizeof(struct diff_entry *),
	      compare_paths);
	return 0;
}

/* The entry of the comparison for a name in the archive, or NULL. */
static struct diff_entry *find(const struct reader *reader, const char *name)
{
	CLEANUP_BUF struct buf path = BUF_INIT;
	struct diff_entry wanted, *key = &wanted, **found;

	buf_putc(&path, '/');
	printable_append(&path, name, strlen(name));
	if (buf_check(&path) < 0)
		return NULL;
	wanted.path = path.data;
	found = bsearch(&key, reader->by_path, reader->diff->count,
			sizeof(struct diff_entry *), compare_paths);
	return found ? *found : NULL;
}

static int failed(const struct reader *reader, struct diag *diag)
{
	const char *words = reader->library.error_string(reader->archive);

	return diag_set(diag, -EBADMSG, "layers.tar: %s",
			words ? words : "it cannot be read");
}

static bool is_worth_a_digest(const struct diff_entry *entry)
{
	return diff_classify(entry) <= DIFF_CLASS_SCRIPT;
}

/* What it begins with tells, whatever the list of changes says. */
static void look_at_magic(struct diff_entry *entry, const char *begin,
			  size_t length)
{
	if (length >= 4 && memcmp(begin, "\177ELF", 4) == 0)
		entry->traits |= DIFF_ELF;
	if (length >= 2 && memcmp(begin, "#!", 2) == 0)
		entry->traits |= DIFF_SCRIPT;
}

static int read_content(const struct reader *reader, struct diff_entry *entry,
			char *block, struct diag *diag)
{
	char text[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;
	uint64_t bytes = 0;
	ssize_t got;

	sha256_init(&hash);
	while ((got = reader->library.read_data(reader->archive, block,
						BLOCK)) > 0) {
		if (bytes == 0)
			look_at_magic(entry, block, (size_t)got);
		bytes += (uint64_t)got;
		if (!is_worth_a_digest(entry))
			return 0;
		sha256_update(&hash, block, (size_t)got);
	}
	if (got < 0)
		return failed(reader, diag);
	if (bytes != entry->size || !is_worth_a_digest(entry))
		return 0;
	sha256_final(&hash, digest);
	sha256_format(digest, text);
	free(entry->digest);
	entry->digest = strdup(text);
	return entry->digest ? 0 : diag_oom(diag);
}

static int read_entries(struct reader *reader, char *block, struct diag *diag)
{
	const struct archive_library *library = &reader->library;
	struct archive_entry *entry;
	int r;

	while ((r = library->read_next_header(reader->archive, &entry)) !=
	       ARCHIVE_EOF) {
		const char *name;
		struct diff_entry *found;

		/* A warning tells of a name that is not UTF-8; it is there. */
		if (r < ARCHIVE_WARN)
			return failed(reader, diag);
		name = library->entry_pathname(entry);
		if (!name || !S_ISREG(library->entry_mode(entry)))
			continue;
		found = find(reader, name);
		r = found ? read_content(reader, found, block, diag) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

int evidence_archive_read(int piece, struct diff *diff, struct diag *diag)
{
	struct reader reader CLEANUP(reader_done) = { .diff = diff };
	CLEANUP_FREE char *block = malloc(BLOCK);
	CLEANUP_CLOSE int fd =
		openat(piece, "layers.tar", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return diag_errno(diag, -errno, "cannot read layers.tar");
	r = archive_library_load(&reader.library, diag);
	if (r < 0)
		return r;
	reader.archive = reader.library.read_new();
	if (!block || !reader.archive || sort_by_path(&reader) < 0)
		return diag_oom(diag);
	if (reader.library.read_support_format_tar(reader.archive) !=
		    ARCHIVE_OK ||
	    reader.library.read_open_fd(reader.archive, fd, BLOCK) !=
		    ARCHIVE_OK)
		return failed(&reader, diag);
	return read_entries(&reader, block, diag);
}
