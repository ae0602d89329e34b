/* What is kept of references, as files. */
#include "lib/fdio.h"
#include "lib/member.h"
#include "lib/sha256.h"
#include "mount/images.h"
#include "mount/own_directory.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { RECORD_BYTES_MAX = 16 << 10, RECORDS_MAX = 100000 };

#define REFS IMAGES_DIRECTORY "/refs"
#define BLOBS IMAGES_DIRECTORY "/blobs"

void image_record_done(struct image_record *record)
{
	free(record->reference);
	free(record->manifest);
	free(record->image);
	free(record->name);
	free(record->version);
	free(record->root_hash);
	*record = (struct image_record){ 0 };
}

char *images_blob_path(const char *digest, const char *suffix)
{
	const char *hex = strchr(digest, ':');
	char *path;

	if (asprintf(&path, BLOBS "/%s%s", hex ? hex + 1 : digest, suffix) < 0)
		return NULL;
	return path;
}

static char *record_path(const char *reference)
{
	char hex[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];
	char *path;

	sha256_digest(reference, strlen(reference), digest);
	sha256_format(digest, hex);
	return asprintf(&path, REFS "/%s.json", hex) < 0 ? NULL : path;
}

int images_lock(bool exclusive, int *ret_fd, struct diag *diag)
{
	CLEANUP_CLOSE int refs = -1, blobs = -1;
	int r = own_directory_open(IMAGES_DIRECTORY, "refs", &refs, diag);

	if (r == 0)
		r = own_directory_open(IMAGES_DIRECTORY, "blobs", &blobs, diag);
	if (r == 0 && flock(refs, exclusive ? LOCK_EX : LOCK_SH) < 0)
		r = diag_errno(diag, -errno, "cannot lock " REFS);
	if (r == 0)
		*ret_fd = steal_fd(&refs);
	return r;
}

/* --- One ------------------------------------------------------------------ */

/* A digest becomes part of a path. */
static int check_digest(const char *digest, struct diag *diag)
{
	uint8_t bytes[SHA256_SIZE];

	return digest_parse(digest, bytes) < 0
		       ? diag_set(diag, -EBADMSG, "a digest in it is none")
		       : 0;
}

static int parse_record(const struct buf *text, struct image_record *record,
			struct diag *diag)
{
	json_t *root = json_loadb(text->data ? text->data : "", text->length,
				  JSON_REJECT_DUPLICATES, NULL);
	int r = json_is_object(root)
			? 0
			: diag_set(diag, -EBADMSG, "it is no JSON object");

	if (r == 0)
		r = member_string(root, "reference", &record->reference, diag);
	if (r == 0)
		r = member_string(root, "manifest", &record->manifest, diag);
	if (r == 0)
		r = member_string(root, "image", &record->image, diag);
	if (r == 0)
		r = member_string(root, "name", &record->name, diag);
	if (r == 0)
		r = member_string(root, "version", &record->version, diag);
	if (r == 0)
		r = member_string(root, "root_hash", &record->root_hash, diag);
	if (r == 0)
		r = member_number(root, "size", INT64_MAX, &record->size, diag);
	if (r == 0)
		r = check_digest(record->manifest, diag);
	if (r == 0)
		r = check_digest(record->image, diag);
	json_decref(root);
	return r;
}

static int read_record(const char *path, struct image_record *ret_record,
		       struct diag *diag)
{
	CLEANUP(image_record_done) struct image_record record = { 0 };
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct stat status;
	int r;

	if (stat(path, &status) < 0)
		return diag_errno(diag, -errno, "cannot look at %s", path);
	r = read_file(path, RECORD_BYTES_MAX, &text, diag);
	if (r < 0)
		return r;
	r = parse_record(&text, &record, diag);
	if (r < 0)
		return diag_wrap(diag, r, "%s", path);
	record.pulled = status.st_mtim.tv_sec;
	*ret_record = record;
	record = (struct image_record){ 0 };
	return 0;
}

int image_record_read(const char *reference, struct image_record *ret_record,
		      struct diag *diag)
{
	CLEANUP_FREE char *path = record_path(reference);

	return path ? read_record(path, ret_record, diag) : diag_oom(diag);
}

int image_record_write(const struct image_record *record, struct diag *diag)
{
	CLEANUP_FREE char *path = record_path(record->reference);
	CLEANUP_OUTPUT struct output output = OUTPUT_INIT;
	json_t *root = json_pack(
		"{s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "reference", record->reference,
		"manifest", record->manifest, "image", record->image, "name",
		record->name, "version", record->version, "root_hash",
		record->root_hash, "size", (json_int_t)record->size);
	CLEANUP_FREE char *dump =
		root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	int r;

	json_decref(root);
	if (!path || !dump)
		return diag_oom(diag);
	r = output_begin(&output, path, diag);
	if (r < 0)
		return r;
	r = write_all(output.fd, dump, strlen(dump));
	if (r < 0)
		return diag_errno(diag, r, "cannot write %s", path);
	return output_commit(&output, 0600, diag);
}

/* --- All of them ---------------------------------------------------------- */

static int latest_first(const void *a, const void *b)
{
	const struct image_record *one = a, *other = b;

	if (one->pulled != other->pulled)
		return one->pulled > other->pulled ? -1 : 1;
	return strcmp(one->reference, other->reference);
}

static bool is_record(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 &&
	       strcmp(name + length - 5, ".json") == 0;
}

static int add_record(const char *name, struct image_record **records,
		      size_t *count, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int r;

	if (asprintf(&path, REFS "/%s", name) < 0)
		return diag_oom(diag);
	if (*count == RECORDS_MAX)
		return diag_set(diag, -EFBIG, REFS " has too many files");
	if (array_grow(records, *count, sizeof(**records)) < 0)
		return diag_oom(diag);
	r = read_record(path, &(*records)[*count], diag);
	if (r == 0)
		(*count)++;
	return r;
}

int images_list(struct image_record **ret_records, size_t *ret_count,
		struct diag *diag)
{
	struct image_record *records = NULL;
	DIR *directory = opendir(REFS);
	struct dirent *entry;
	size_t count = 0;
	int r = 0;

	if (!directory && errno != ENOENT)
		return diag_errno(diag, -errno, "cannot open " REFS);
	while (r == 0 && directory && (entry = readdir(directory)))
		if (is_record(entry->d_name))
			r = add_record(entry->d_name, &records, &count, diag);
	if (directory)
		(void)closedir(directory);
	if (r < 0) {
		for (size_t i = 0; i < count; i++)
			image_record_done(&records[i]);
		free(records);
		return r;
	}
	if (count)
		qsort(records, count, sizeof(*records), latest_first);
	*ret_records = records;
	*ret_count = count;
	return 0;
}
