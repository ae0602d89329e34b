#include "lib/bill_format.h"
#include "lib/member.h"
#include "lib/number.h"
#include "lib/path.h"
#include "lib/sha256.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

static const struct {
	const char *name;
	mode_t mode;
} types[] = {
	{ "directory", S_IFDIR },    { "file", S_IFREG },
	{ "link", S_IFLNK },	     { "character device", S_IFCHR },
	{ "block device", S_IFBLK }, { "fifo", S_IFIFO },
	{ "socket", S_IFSOCK },
};

const char *bill_type_name(mode_t mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i].mode == (mode & S_IFMT))
			return types[i].name;
	}
	return NULL;
}

mode_t bill_type_mode(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].name, name) == 0)
			return types[i].mode;
	}
	return 0;
}

/* In place; false if it is not hexadecimal or holds a NUL. */
static bool decode_hex(char *text)
{
	size_t length = strlen(text);

	if (length % 2)
		return false;
	for (size_t i = 0; i < length; i += 2) {
		int value = 0;

		for (size_t k = 0; k < 2; k++) {
			char c = text[i + k];

			if (c >= '0' && c <= '9')
				value = value * 16 + (c - '0');
			else if (c >= 'a' && c <= 'f')
				value = value * 16 + (c - 'a' + 10);
			else
				return false;
		}
		if (value == 0)
			return false;
		text[i / 2] = (char)value;
	}
	text[length / 2] = '\0';
	return true;
}

/* The counterpart of the writer's set_path(); *ret_path may stay NULL. */
static int get_path(const json_t *object, const char *key, char **ret_path,
		    struct diag *diag)
{
	char hex_key[32];
	int r = member_optional_string(object, key, ret_path, diag);

	if (r < 0 || *ret_path)
		return r;
	(void)snprintf(hex_key, sizeof(hex_key), "%s" HEX_SUFFIX, key);
	r = member_optional_string(object, hex_key, ret_path, diag);
	if (r == 0 && *ret_path && !decode_hex(*ret_path))
		return refuse(diag, "\"%s\" is not hexadecimal", hex_key);
	return r;
}

static int read_mode(const json_t *object, struct bill_file *file,
		     struct diag *diag)
{
	json_t *type = NULL, *mode = NULL;
	uint64_t bits;
	int r = member_get(object, "type", JSON_STRING, &type, diag);

	if (r == 0)
		r = member_get(object, "mode", JSON_STRING, &mode, diag);
	if (r < 0)
		return r;
	file->mode = bill_type_mode(json_string_value(type));
	if (!file->mode)
		return refuse(diag, "%s is not a type of file",
			      json_string_value(type));
	if (number_parse(json_string_value(mode), 8, 07777, &bits) < 0)
		return refuse(diag, "%s is not a file's mode",
			      json_string_value(mode));
	file->mode |= (mode_t)bits;
	return 0;
}

static int read_digest(const json_t *object, struct bill_file *file,
		       struct diag *diag)
{
	CLEANUP_FREE char *text = NULL;
	int r = member_optional_string(object, "sha256", &text, diag);

	if (r < 0 || !text)
		return r;
	if (sha256_parse(text, file->digest) < 0)
		return refuse(diag, "\"sha256\" is not a digest");
	file->has_digest = true;
	return 0;
}

static int read_content(const json_t *object, struct bill_file *file,
			struct diag *diag)
{
	int r = 0;

	if (S_ISREG(file->mode)) {
		r = member_number(object, "size", INT64_MAX, &file->size, diag);
		if (r == 0)
			r = read_digest(object, file, diag);
	} else if (S_ISLNK(file->mode)) {
		r = get_path(object, "target", &file->target, diag);
		if (r == 0 && (!file->target || !*file->target))
			r = refuse(diag, "the link has no target");
	} else if (S_ISCHR(file->mode) || S_ISBLK(file->mode)) {
		r = member_u32(object, "major", &file->major, diag);
		if (r == 0)
			r = member_u32(object, "minor", &file->minor, diag);
	}
	return r;
}

static int read_package_index(const json_t *object, size_t package_count,
			      struct bill_file *file, struct diag *diag)
{
	uint64_t index;
	int r;

	file->package = BILL_NO_PACKAGE;
	if (!json_object_get(object, "package"))
		return 0;
	r = member_number(object, "package", SIZE_MAX, &index, diag);
	if (r < 0)
		return r;
	if (index >= package_count)
		return refuse(diag, "its package is not among the packages");
	file->package = (size_t)index;
	return 0;
}

static int read_owner(const json_t *object, struct bill_file *file,
		      struct diag *diag)
{
	int r = 0;

	if (json_object_get(object, "uid"))
		r = member_u32(object, "uid", &file->uid, diag);
	if (r == 0 && json_object_get(object, "gid"))
		r = member_u32(object, "gid", &file->gid, diag);
	return r;
}

static int read_file_entry(const json_t *object, size_t package_count,
			   struct bill_file *file, struct diag *diag)
{
	int r = get_path(object, "path", &file->path, diag);

	if (r < 0)
		return r;
	if (!file->path || !path_is_normal(file->path))
		return refuse(diag,
			      "%s is not an absolute path in its normal "
			      "form",
			      file->path ? file->path : "nothing");
	r = read_mode(object, file, diag);
	if (r == 0)
		r = read_owner(object, file, diag);
	if (r == 0)
		r = read_content(object, file, diag);
	if (r == 0)
		r = read_package_index(object, package_count, file, diag);
	if (r == 0)
		r = member_string(object, "reason", &file->reason, diag);
	if (r == 0)
		r = get_path(object, "because", &file->because, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", file->path) : 0;
}

static int read_packages(const json_t *document, struct bill *bill,
			 struct diag *diag)
{
	json_t *list = NULL, *entry;
	size_t i;
	int r = member_get(document, "packages", JSON_ARRAY, &list, diag);

	if (r < 0)
		return r;
	bill->packages =
		calloc(json_array_size(list) + 1, sizeof(*bill->packages));
	if (!bill->packages)
		return diag_oom(diag);
	json_array_foreach(list, i, entry)
	{
		struct bill_package *package =
			&bill->packages[bill->package_count++];

		r = member_string(entry, "name", &package->name, diag);
		if (r == 0)
			r = member_string(entry, "version", &package->version,
					  diag);
		if (r == 0)
			r = member_string(entry, "architecture",
					  &package->architecture, diag);
		if (r == 0)
			r = member_optional_string(entry, "suite",
						   &package->suite, diag);
		if (r < 0)
			return diag_wrap(diag, r, "package %zu", i);
	}
	return 0;
}

/* In order, and each in a directory that came before it. */
static int check_place(const struct bill *bill, size_t index, struct diag *diag)
{
	const struct bill_file *file = &bill->files[index], *directory;
	CLEANUP_FREE char *parent = NULL;

	if (index == 0)
		return strcmp(file->path, "/") == 0 && S_ISDIR(file->mode)
			       ? 0
			       : refuse(diag,
					"the first of the files is not the "
					"root directory");
	if (bill_compare_paths(file[-1].path, file->path) >= 0)
		return refuse(diag, "%s is out of order", file->path);
	parent = path_parent(file->path);
	if (!parent)
		return diag_oom(diag);
	directory = bill_find(bill, parent);
	if (!directory || !S_ISDIR(directory->mode))
		return refuse(diag, "%s is not in a directory", file->path);
	return 0;
}

static int read_files(const json_t *document, struct bill *bill,
		      struct diag *diag)
{
	json_t *list = NULL, *entry;
	size_t i;
	int r = member_get(document, "files", JSON_ARRAY, &list, diag);

	if (r < 0)
		return r;
	bill->files = calloc(json_array_size(list) + 1, sizeof(*bill->files));
	if (!bill->files)
		return diag_oom(diag);
	json_array_foreach(list, i, entry)
	{
		r = read_file_entry(entry, bill->package_count,
				    &bill->files[bill->file_count], diag);
		/* Half an entry is not found yet, but must be freed. */
		bill->file_count++;
		if (r == 0)
			r = check_place(bill, i, diag);
		if (r < 0)
			return r;
	}
	return bill->file_count ? 0 : refuse(diag, "it lists no files");
}

/* Follow one chain of reasons; `state` is 0 for a file not yet looked at, 1
 * on the way, 2 for one whose chain is known to end. */
static int check_chain(const struct bill *bill, size_t start,
		       unsigned char *state, struct diag *diag)
{
	size_t at = start;

	while (state[at] == 0) {
		const struct bill_file *file = &bill->files[at], *next;

		state[at] = 1;
		if (!file->because)
			break;
		next = bill_find(bill, file->because);
		if (!next)
			return refuse(diag,
				      "%s is there because of %s, which is "
				      "not there",
				      file->path, file->because);
		at = (size_t)(next - bill->files);
		if (state[at] == 1)
			return refuse(diag, "the reasons for %s go in a circle",
				      file->path);
	}
	for (at = start; state[at] == 1;) {
		const struct bill_file *file = &bill->files[at];

		state[at] = 2;
		if (!file->because)
			break;
		at = (size_t)(bill_find(bill, file->because) - bill->files);
	}
	return 0;
}

static int check_reasons(const struct bill *bill, struct diag *diag)
{
	CLEANUP_FREE unsigned char *state = calloc(1, bill->file_count);

	if (!state)
		return diag_oom(diag);
	for (size_t i = 0; i < bill->file_count; i++) {
		int r = check_chain(bill, i, state, diag);

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_document(const json_t *document, struct bill *bill,
			 struct diag *diag)
{
	uint64_t version = 0;
	int r = member_number(document, "version", INT64_MAX, &version, diag);

	if (r == 0 && version != BILL_VERSION)
		r = refuse(diag,
			   "it has another version than %d, the only one "
			   "known",
			   BILL_VERSION);
	if (r == 0)
		r = read_packages(document, bill, diag);
	if (r == 0)
		r = read_files(document, bill, diag);
	return r == 0 ? check_reasons(bill, diag) : r;
}

int bill_read(const char *json, size_t length, struct bill *ret_bill,
	      struct diag *diag)
{
	CLEANUP_BILL struct bill bill = BILL_INIT;
	json_error_t error;
	json_t *document;
	int r;

	if (length > BILL_BYTES_MAX)
		return refuse(diag, "the bill of materials is longer than any "
				    "can be");
	document = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	if (!document)
		return refuse(diag,
			      "the bill of materials is not JSON: line %d: %s",
			      error.line, error.text);
	r = read_document(document, &bill, diag);
	json_decref(document);
	if (r < 0)
		return diag_wrap(diag, r, "the bill of materials is wrong");
	*ret_bill = bill;
	bill = BILL_INIT;
	return 0;
}
