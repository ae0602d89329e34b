/* What differs, told to programs: all of it. */
#include "lib/json_text.h"
#include "lib/printable.h"
#include "lib/sha256.h"
#include "pack/diff.h"

#include <string.h>
#include <sys/stat.h>

/* JSON wants UTF-8: lib/printable.h. */
static json_t *shown(const char *text)
{
	return text ? json_printable(text) : json_null();
}

static const char *kind_name(enum diff_kind kind)
{
	return kind == DIFF_ADDED     ? "added"
	       : kind == DIFF_REMOVED ? "removed"
				      : "changed";
}

/* --- Lists of what has changed --- */

typedef json_t *(*element_json)(const struct diff *diff, size_t index);

static json_t *list_json(const struct diff *diff, size_t count,
			 element_json element)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = json_array_append_new(list, element(diff, i));
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *package_json(const struct diff *diff, size_t index)
{
	const struct diff_package *package = &diff->packages[index];
	const struct bill_package *old = package->old, *new = package->new;
	const struct bill_package *any = old ? old : new;

	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "change",
			 kind_name(package->kind), "name", shown(any->name),
			 "architecture", shown(any->architecture), "old",
			 shown(old ? old->version : NULL), "new",
			 shown(new ? new->version : NULL));
}

static json_t *needed_json(const struct diff_file *file, int side)
{
	json_t *list = json_array();
	char *const *name = file->object[side].needed;
	int r = list ? 0 : -1;

	for (; r == 0 && name && *name; name++)
		r = json_array_append_new(list, shown(*name));
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *object_side_json(const struct diff_file *file, int side)
{
	const struct bill_file *found;

	if (!file)
		return json_null();
	found = side ? file->new : file->old;
	return json_pack("{s:o,s:o,s:o}", "path", shown(found->path), "soname",
			 shown(file->object[side].soname), "needed",
			 needed_json(file, side));
}

static json_t *object_json(const struct diff *diff, size_t index)
{
	const struct diff_object *object = &diff->objects[index];

	return json_pack("{s:s,s:o,s:o}", "change", kind_name(object->kind),
			 "old", object_side_json(object->old, 0), "new",
			 object_side_json(object->new, 1));
}

static json_t *value_json(const struct diff *diff, size_t index)
{
	const struct diff_value *value = &diff->values[index];

	return json_pack("{s:s,s:o,s:O?,s:O?}", "change",
			 kind_name(value->kind), "path", shown(value->path),
			 "old", value->old, "new", value->new);
}

static json_t *size_json(const struct diff *diff, size_t index)
{
	const struct diff_size *size = &diff->sizes[index];

	return json_pack("{s:o,s:I,s:I}",
			 size->is_package ? "package" : "directory",
			 shown(size->name), "old", (json_int_t)size->old, "new",
			 (json_int_t)size->new);
}

/* --- Files --- */

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "link";
	case S_IFCHR:
		return "character";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	default:
		return "socket";
	}
}

static int set_particulars(json_t *object, const struct diff *diff, int side,
			   const struct bill_file *file)
{
	char digest[2 * BILL_DIGEST_SIZE + 1];
	int r = 0;

	if (S_ISREG(file->mode)) {
		sha256_format(file->digest, digest);
		r = json_object_set_new(object, "size",
					json_integer((json_int_t)file->size));
		r |= json_object_set_new(object, "sha256", json_string(digest));
	} else if (S_ISLNK(file->mode)) {
		r = json_object_set_new(object, "target", shown(file->target));
	} else if (S_ISCHR(file->mode) || S_ISBLK(file->mode)) {
		r = json_object_set_new(object, "major",
					json_integer(file->major));
		r |= json_object_set_new(object, "minor",
					 json_integer(file->minor));
	}
	if (file->package != BILL_NO_PACKAGE)
		r |= json_object_set_new(
			object, "package",
			shown(diff->sides[side]
				      .bill.packages[file->package]
				      .name));
	return r;
}

static json_t *file_side_json(const struct diff *diff, int side,
			      const struct bill_file *file)
{
	char mode[8];
	json_t *object;

	if (!file)
		return json_null();
	(void)snprintf(mode, sizeof(mode), "%04o",
		       (unsigned int)(file->mode & ALLPERMS));
	object = json_pack("{s:s,s:s,s:I,s:I}", "type", type_name(file->mode),
			   "mode", mode, "uid", (json_int_t)file->uid, "gid",
			   (json_int_t)file->gid);
	if (object && set_particulars(object, diff, side, file) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* Lines of text that are no UTF-8 were made printable by text_diff(). */
static json_t *file_json(const struct diff *diff, size_t index)
{
	const struct diff_file *file = &diff->files[index];
	const struct bill_file *any = file->old ? file->old : file->new;
	json_t *object = json_pack(
		"{s:s,s:o,s:o,s:o}", "change", kind_name(file->kind), "path",
		shown(any->path), "old", file_side_json(diff, 0, file->old),
		"new", file_side_json(diff, 1, file->new));

	if (object && file->text &&
	    json_object_set_new(object, "diff", json_string(file->text)) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* --- The rest --- */

static json_t *capabilities_json(uint64_t set)
{
	json_t *list = json_array();
	int r = list ? 0 : -1;

	for (int i = 0; r == 0 && i < 64; i++) {
		const char *name = capability_name(i);

		if (set >> i & 1 && name)
			r = json_array_append_new(list, json_string(name));
	}
	if (r < 0) {
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *side_json(const struct diff_side *side)
{
	const struct image_layout *layout = &side->subject->layout;
	char hash[2 * HASHTREE_DIGEST_SIZE + 1];

	root_hash_format(layout->root_hash, hash);
	return json_pack(
		"{s:o,s:o,s:o,s:s,s:I,s:I,s:I}", "image",
		shown(side->subject->name), "name", shown(side->config.name),
		"version", shown(side->config.version), "root_hash", hash,
		"length", (json_int_t)layout->file_length, "files",
		(json_int_t)side->files, "bytes", (json_int_t)side->bytes);
}

int diff_show_json(const struct diff *diff, struct buf *text, struct diag *diag)
{
	json_t *object = json_pack(
		"{s:b,s:o,s:o,s:o,s:o,s:{s:o,s:o},s:o,s:o,s:o}", "different",
		!diff_is_same(diff), "old", side_json(&diff->sides[0]), "new",
		side_json(&diff->sides[1]), "packages",
		list_json(diff, diff->package_count, package_json), "objects",
		list_json(diff, diff->object_count, object_json),
		"capabilities", "removed",
		capabilities_json(diff->capabilities[0]), "added",
		capabilities_json(diff->capabilities[1]), "contract",
		list_json(diff, diff->value_count, value_json), "files",
		list_json(diff, diff->file_count, file_json), "sizes",
		list_json(diff, diff->size_count, size_json));

	return json_answer(object, text, diag);
}
