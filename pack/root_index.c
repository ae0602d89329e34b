#include "pack/root_index.h"

#include "lib/fdio.h"
#include "lib/number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { INDEX_LIMIT = 512 << 20 };

static const char header[] = "jailpack root 1";

struct root_index {
	struct buf text;
	struct packages *packages;
	size_t *package_starts; /* in the text, behind each package's record */
	size_t package_count;
	struct root_attributes *attributes; /* sorted by path */
	size_t attribute_count;
};

static void put_field(struct buf *index, const char *field)
{
	buf_append(index, field, strlen(field) + 1);
}

void root_index_put_header(struct buf *index)
{
	put_field(index, header);
}

void root_index_put_package(struct buf *index, const char *name,
			    const char *version, const char *architecture)
{
	put_field(index, "P");
	put_field(index, name);
	put_field(index, version);
	put_field(index, architecture);
}

void root_index_put_file(struct buf *index, const char *path)
{
	put_field(index, "F");
	put_field(index, path);
}

void root_index_put_attributes(struct buf *index,
			       const struct root_attributes *attributes)
{
	put_field(index, "A");
	put_field(index, attributes->path);
	buf_printf(index, "%o", attributes->permissions);
	buf_putc(index, '\0');
	put_field(index, attributes->user);
	put_field(index, attributes->group);
}

void root_index_put_end(struct buf *index)
{
	put_field(index, "E");
}

void root_index_free(struct root_index *index)
{
	if (!index)
		return;
	buf_done(&index->text);
	packages_free(index->packages);
	free(index->package_starts);
	free(index->attributes);
	free(index);
}

static void cleanup_index(struct root_index **index)
{
	root_index_free(*index);
}

/* The next field, or NULL at the end of the text. */
static const char *next_field(const struct buf *text, size_t *at)
{
	const char *field = text->data + *at;
	size_t length;

	if (*at >= text->length)
		return NULL;
	length = strnlen(field, text->length - *at);
	if (length == text->length - *at)
		return NULL;
	*at += length + 1;
	return field;
}

static int read_package(struct root_index *index, size_t *at)
{
	const char *name = next_field(&index->text, at);
	const char *version = next_field(&index->text, at);
	const char *architecture = next_field(&index->text, at);

	if (!architecture)
		return -EBADMSG;
	if (array_grow(&index->package_starts, index->package_count,
		       sizeof(*index->package_starts)) < 0)
		return -ENOMEM;
	index->package_starts[index->package_count++] = *at;
	return packages_add(index->packages, name, version, architecture);
}

/* The index was read before: it is whole. */
static int list_files(void *context, size_t package, struct string_list *files)
{
	const struct root_index *index = context;
	size_t at = index->package_starts[package];
	const char *field;
	int r = 0;

	while (r == 0 && (field = next_field(&index->text, &at)) != NULL &&
	       (*field == 'F' || *field == 'A')) {
		if (*field == 'F') {
			r = string_list_take(
				files, strdup(next_field(&index->text, &at)));
			continue;
		}
		for (int i = 0; i < 4; i++)
			(void)next_field(&index->text, &at);
	}
	return r;
}

static int read_attributes(struct root_index *index, size_t *at)
{
	const char *path = next_field(&index->text, at);
	const char *permissions = next_field(&index->text, at);
	struct root_attributes attributes = {
		.path = path,
		.user = next_field(&index->text, at),
		.group = next_field(&index->text, at),
	};
	uint64_t value;

	if (!attributes.group ||
	    number_parse(permissions, 8, 07777, &value) < 0)
		return -EBADMSG;
	attributes.permissions = (mode_t)value;
	if (array_grow(&index->attributes, index->attribute_count,
		       sizeof(attributes)) < 0)
		return -ENOMEM;
	index->attributes[index->attribute_count++] = attributes;
	return 0;
}

/* Of which package the paths are is told by what stands before them. */
static int read_records(struct root_index *index)
{
	size_t at = 0;
	const char *field = next_field(&index->text, &at);
	bool in_package = false;
	int r;

	if (!field || strcmp(field, header) != 0)
		return -EBADMSG;
	while ((field = next_field(&index->text, &at)) != NULL) {
		r = -EBADMSG;
		if (strcmp(field, "E") == 0)
			return at == index->text.length ? 0 : r;
		if (strcmp(field, "P") == 0) {
			r = read_package(index, &at);
			in_package = true;
		} else if (strcmp(field, "A") == 0) {
			r = read_attributes(index, &at);
		} else if (strcmp(field, "F") == 0 && in_package &&
			   (field = next_field(&index->text, &at)) != NULL) {
			r = packages_add_file(index->packages, field,
					      strlen(field));
		}
		if (r < 0)
			return r;
	}
	return -EBADMSG;
}

static int compare_attributes(const void *a, const void *b)
{
	const struct root_attributes *one = a, *other = b;

	return strcmp(one->path, other->path);
}

/* Of several packages' words about a directory the first one counts. */
static int compare_records(const void *a, const void *b)
{
	const struct root_attributes *one = a, *other = b;
	int order = strcmp(one->path, other->path);

	if (order)
		return order;
	return one->path < other->path ? -1 : one->path > other->path;
}

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
	int r = packages_new(list_files, index, &index->packages);

	if (r < 0)
		return r;
	r = read_records(index);
	if (r < 0)
		return r;
	sort_attributes(index);
	return 0;
}

int root_index_read(int directory, const char *name,
		    struct root_index **ret_index, struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	CLEANUP(cleanup_index) struct root_index *index = NULL;
	int r;

	if (fd < 0)
		return diag_errno(diag, -errno, "cannot open %s", name);
	index = calloc(1, sizeof(*index));
	if (!index)
		return diag_oom(diag);
	r = read_to_end(fd, INDEX_LIMIT, &index->text);
	if (r == 0)
		r = parse(index);
	if (r < 0)
		return diag_errno(diag, r, "cannot read %s", name);
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
		       sizeof(key), compare_attributes);
}
