#include "pack/root_index.h"

#include <errno.h>
#include <string.h>

struct root_index {
	struct buf text;
	struct packages *packages;
	size_t *starts; /* in the text, behind each package's record */
	size_t package_count;
	struct root_attributes *attributes; /* sorted by path */
	size_t attribute_count;
};

void root_index_free(struct root_index *index)
{
	if (!index)
		return;
	buf_done(&index->text);
	packages_free(index->packages);
	free(index->starts);
	free(index->attributes);
	free(index);
}

static void cleanup_index(struct root_index **index)
{
	root_index_free(*index);
}

/* The index was read before: it is whole. */
static int list_files(void *context, size_t package, struct string_list *files)
{
	const struct root_index *index = context;
	size_t at = index->starts[package];
	struct root_record record;
	int r = 0;

	while (r == 0 && root_index_next(&index->text, &at, &record) == 0 &&
	       record.kind != ROOT_PACKAGE && record.kind != ROOT_END)
		if (record.kind != ROOT_ATTRIBUTES)
			r = string_list_take(files,
					     strdup(record.attributes.path));
	return r;
}

static int take_package(struct root_index *index,
			const struct root_record *record, size_t at)
{
	if (array_grow(&index->starts, index->package_count,
		       sizeof(*index->starts)) < 0)
		return -ENOMEM;
	index->starts[index->package_count++] = at;
	return packages_add(index->packages, record->name, record->version,
			    record->architecture);
}

static int take_attributes(struct root_index *index,
			   const struct root_attributes *attributes)
{
	if (array_grow(&index->attributes, index->attribute_count,
		       sizeof(*attributes)) < 0)
		return -ENOMEM;
	index->attributes[index->attribute_count++] = *attributes;
	return 0;
}

static int take_record(struct root_index *index,
		       const struct root_record *record, size_t at)
{
	switch (record->kind) {
	case ROOT_PACKAGE:
		return take_package(index, record, at);
	case ROOT_DIRECTORY:
	case ROOT_FILE:
		if (!index->package_count)
			return -EBADMSG;
		return packages_add_file(index->packages,
					 record->attributes.path,
					 strlen(record->attributes.path));
	case ROOT_ATTRIBUTES:
		return take_attributes(index, &record->attributes);
	case ROOT_END:
		break;
	}
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	const struct root_attributes *one = a, *other = b;

	return strcmp(one->path, other->path);
}

static int compare_records(const void *a, const void *b)
{
	const struct root_attributes *one = a, *other = b;
	int order = strcmp(one->path, other->path);

	if (order)
		return order;
	return one->path < other->path ? -1 : one->path > other->path;
}

/* Of several packages' words about a directory the first one counts. */
static void sort_attributes(struct root_index *index)
{
	struct root_attributes *attributes = index->attributes;
	size_t kept = 0;

	if (!index->attribute_count)
		return;
	qsort(attributes, index->attribute_count, sizeof(*attributes),
	      compare_records);
	for (size_t i = 0; i < index->attribute_count; i++)
		if (!kept ||
		    strcmp(attributes[kept - 1].path, attributes[i].path) != 0)
			attributes[kept++] = attributes[i];
	index->attribute_count = kept;
}

static int parse(struct root_index *index)
{
	struct root_record record = { 0 };
	size_t at;
	int r = packages_new(list_files, index, &index->packages);

	if (r == 0)
		r = root_index_begin(&index->text, &at);
	while (r == 0 && record.kind != ROOT_END) {
		r = root_index_next(&index->text, &at, &record);
		if (r == 0)
			r = take_record(index, &record, at);
	}
	if (r == 0)
		sort_attributes(index);
	return r;
}

int root_index_read(int directory, const char *name,
		    struct root_index **ret_index, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	int r = root_index_load(directory, name, &text, diag);

	if (r < 0)
		return r;
	r = root_index_parse(&text, ret_index, diag);
	return r < 0 ? diag_wrap(diag, r, "%s", name) : 0;
}

int root_index_parse(struct buf *text, struct root_index **ret_index,
		     struct diag *diag)
{
	CLEANUP(cleanup_index) struct root_index *index = NULL;
	int r;

	index = calloc(1, sizeof(*index));
	if (!index) {
		buf_done(text);
		return diag_oom(diag);
	}
	index->text = *text;
	*text = BUF_INIT;
	r = parse(index);
	if (r < 0)
		return diag_errno(diag, r, "cannot read the index of packages");
	*ret_index = steal_ptr(&index);
	return 0;
}

struct packages *root_index_packages(struct root_index *index)
{
	return index->packages;
}

const struct root_attributes *
root_index_attributes(const struct root_index *index, const char *path)
{
	struct root_attributes key = { .path = path };

	if (!index->attribute_count)
		return NULL;
	return bsearch(&key, index->attributes, index->attribute_count,
		       sizeof(key), compare_paths);
}
