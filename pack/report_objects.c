/* What the files of an image are, and what its ELF objects need. */
#include "lib/path.h"
#include "pack/bill_path.h"
#include "pack/report_internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* An object, as long as names are looked up. */
struct object {
	size_t file; /* its index in the bill */
	struct elf elf;
};

/* A name that leads to an object, be it the object's own or that of a link. */
struct name {
	const struct bill_file *file; /* that has the name */
	size_t object;
};

struct objects {
	struct report *report;
	struct squash_reader *reader;
	struct object *list; /* in the order of the bill */
	size_t count;
	struct name *names; /* sorted by the last component, then the path */
	size_t name_count;
};

static void objects_done(struct objects *objects)
{
	for (size_t i = 0; i < objects->count; i++)
		elf_done(&objects->list[i].elf);
	free(objects->list);
	free(objects->names);
}

/* --- Kinds --- */

/* An object that a kernel can start, or one that others load. */
static enum report_kind object_kind(const struct bill_file *file,
				    const struct elf *elf)
{
	if (elf->interpreter && !elf->soname)
		return REPORT_PROGRAM;
	if (elf->soname || strstr(path_name(file->path), ".so") ||
	    !(file->mode & 0111))
		return REPORT_LIBRARY;
	return REPORT_PROGRAM;
}

static enum report_kind plain_kind(const struct bill_file *file,
				   const struct buf *content)
{
	if (content->length > 2 && memcmp(content->data, "#!", 2) == 0 &&
	    file->mode & 0111)
		return REPORT_PROGRAM;
	return path_within(file->path, "/etc") ? REPORT_CONFIGURATION
					       : REPORT_DATA;
}

/* Ends the reading of what is no object: the start has told that. */
enum { NO_OBJECT = 1 };

static int take_piece(const void *data, size_t length, void *context)
{
	struct buf *content = context;
	struct elf_identity identity;

	buf_append(content, data, length);
	if (content->length >= ELF_HEADER_BYTES &&
	    !elf_identify(content->data, content->length, &identity))
		return NO_OBJECT;
	return content->length > CHECK_CONTENT_MAX ? NO_OBJECT : 0;
}

/* `elf` is moved in. */
static int add_object(struct objects *objects, size_t file, struct elf *elf)
{
	if (array_grow(&objects->list, objects->count, sizeof(*objects->list)) <
	    0)
		return -ENOMEM;
	objects->list[objects->count++] =
		(struct object){ .file = file, .elf = *elf };
	*elf = ELF_INIT;
	return 0;
}

static int read_file_of(struct objects *objects, size_t index,
			struct buf *content, struct diag *diag)
{
	const struct bill_file *file = &objects->report->bill.files[index];
	enum report_kind *kind = &objects->report->files[index].kind;
	CLEANUP_DIAG struct diag damage = DIAG_INIT;
	CLEANUP_ELF struct elf elf = ELF_INIT;
	int r;

	buf_reset(content);
	r = squash_reader_content(objects->reader, file->path, take_piece,
				  content, diag);
	if (r == 0 && buf_check(content) < 0)
		r = diag_oom(diag);
	if (r < 0)
		return r;
	*kind = plain_kind(file, content);
	if (r == NO_OBJECT)
		return 0;
	r = elf_parse(content->data, content->length, NULL, &elf, &damage);
	if (r == -ENOMEM)
		return diag_oom(diag);
	/* What nobody can load is data. */
	if (r < 0)
		return 0;
	*kind = object_kind(file, &elf);
	return add_object(objects, index, &elf) < 0 ? diag_oom(diag) : 0;
}

static int read_files(struct objects *objects, struct diag *diag)
{
	CLEANUP_BUF struct buf content = BUF_INIT;
	const struct bill *bill = &objects->report->bill;
	int r = 0;

	for (size_t i = 0; r == 0 && i < bill->file_count; i++) {
		objects->report->files[i].kind = REPORT_NOT_REGULAR;
		if (S_ISREG(bill->files[i].mode))
			r = read_file_of(objects, i, &content, diag);
	}
	return r;
}

/* --- Names --- */

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(path_name(x->file->path), path_name(y->file->path));

	return order ? order : bill_compare_paths(x->file->path, y->file->path);
}

static int compare_object(const void *key, const void *element)
{
	const size_t *file = key;
	const struct object *object = element;

	return (*file > object->file) - (*file < object->file);
}

static const struct object *find_object(const struct objects *objects,
					const struct bill_file *file)
{
	size_t index = (size_t)(file - objects->report->bill.files);

	return objects->count ? bsearch(&index, objects->list, objects->count,
					sizeof(*objects->list), compare_object)
			      : NULL;
}

/* Every name under which an object can be found. */
static int collect_names(struct objects *objects, struct diag *diag)
{
	const struct bill *bill = &objects->report->bill;

	for (size_t i = 0; i < bill->file_count; i++) {
		const struct bill_file *file = &bill->files[i];
		const struct object *object;
		int r = 0;

		if (S_ISLNK(file->mode))
			r = bill_follow(bill, file->path, &file, diag);
		if (r < 0)
			return r;
		object = file ? find_object(objects, file) : NULL;
		if (!object)
			continue;
		if (array_grow(&objects->names, objects->name_count,
			       sizeof(*objects->names)) < 0)
			return diag_oom(diag);
		objects->names[objects->name_count++] = (struct name){
			.file = &bill->files[i],
			.object = (size_t)(object - objects->list)
		};
	}
	if (objects->name_count)
		qsort(objects->names, objects->name_count,
		      sizeof(*objects->names), compare_names);
	return 0;
}

/* The first that has the name or comes after it. */
static size_t first_name(const struct objects *objects, const char *name)
{
	size_t low = 0, high = objects->name_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *here = path_name(objects->names[middle].file->path);

		if (strcmp(here, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_beside(const char *a, const char *b)
{
	size_t length = (size_t)(path_name(a) - a);

	return length == (size_t)(path_name(b) - b) &&
	       memcmp(a, b, length) == 0;
}

static const struct object *look_up(const struct objects *objects,
				    const struct object *from, const char *name)
{
	const char *path = objects->report->bill.files[from->file].path;
	const struct object *found = NULL;

	for (size_t i = first_name(objects, name);
	     i < objects->name_count &&
	     strcmp(path_name(objects->names[i].file->path), name) == 0;
	     i++) {
		const struct name *candidate = &objects->names[i];
		const struct object *object = &objects->list[candidate->object];

		if (!elf_identity_equal(&object->elf.identity,
					&from->elf.identity))
			continue;
		if (is_beside(candidate->file->path, path))
			return object;
		if (!found)
			found = object;
	}
	return found;
}

/* --- Who needs whom --- */

static int add_need(struct objects *objects, const struct object *from,
		    const char *name, struct diag *diag)
{
	struct report_file *file = &objects->report->files[from->file];
	const struct object *object = NULL;

	if (strchr(name, '/')) {
		const struct bill_file *there = NULL;
		int r = bill_follow(&objects->report->bill, name, &there, diag);

		if (r < 0)
			return r;
		object = there ? find_object(objects, there) : NULL;
	} else {
		object = look_up(objects, from, name);
	}
	if (!object || object == from)
		return 0;
	for (size_t i = 0; i < file->need_count; i++) {
		if (file->needs[i] == object->file)
			return 0;
	}
	if (array_grow(&file->needs, file->need_count, sizeof(*file->needs)) <
	    0)
		return diag_oom(diag);
	file->needs[file->need_count++] = object->file;
	return 0;
}

static int add_needs(struct objects *objects, const struct object *object,
		     struct diag *diag)
{
	const struct elf *elf = &object->elf;
	int r = 0;

	if (elf->interpreter)
		r = add_need(objects, object, elf->interpreter, diag);
	for (char **name = elf->needed; r == 0 && name && *name; name++)
		r = add_need(objects, object, *name, diag);
	for (size_t i = 0; i < elf->dlopen_count; i++) {
		char **name = elf->dlopens[i].sonames;

		for (; r == 0 && name && *name; name++)
			r = add_need(objects, object, *name, diag);
	}
	return r;
}

int report_read_objects(struct report *report, struct squash_reader *reader,
			struct diag *diag)
{
	CLEANUP(objects_done)
	struct objects objects = { .report = report, .reader = reader };
	int r;

	report->files =
		calloc(report->bill.file_count + 1, sizeof(*report->files));
	if (!report->files)
		return diag_oom(diag);
	r = read_files(&objects, diag);
	if (r == 0)
		r = collect_names(&objects, diag);
	for (size_t i = 0; r == 0 && i < objects.count; i++)
		r = add_needs(&objects, &objects.list[i], diag);
	return r;
}
