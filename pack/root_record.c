#include "pack/root_index.h"

#include "lib/fdio.h"
#include "lib/number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { INDEX_LIMIT = 512 << 20 };

static const char header[] = "jailpack root 1";

static void put_field(struct buf *index, const char *field)
{
	buf_append(index, field, strlen(field) + 1);
}

void root_index_put_header(struct buf *index)
{
	put_field(index, header);
}

void root_index_put(struct buf *index, const struct root_record *record)
{
	const struct root_attributes *attributes = &record->attributes;

	buf_putc(index, (char)record->kind);
	buf_putc(index, '\0');
	switch (record->kind) {
	case ROOT_PACKAGE:
		put_field(index, record->name);
		put_field(index, record->version);
		put_field(index, record->architecture);
		break;
	case ROOT_DIRECTORY:
	case ROOT_FILE:
		put_field(index, attributes->path);
		break;
	case ROOT_ATTRIBUTES:
		put_field(index, attributes->path);
		buf_printf(index, "%o", attributes->permissions);
		buf_putc(index, '\0');
		put_field(index, attributes->user);
		put_field(index, attributes->group);
		break;
	case ROOT_END:
		break;
	}
}

/* The next field, or NULL where the text ends before it does. */
static const char *next_field(const struct buf *index, size_t *at)
{
	const char *field = index->data + *at;
	size_t rest = index->length - *at, length;

	length = rest ? strnlen(field, rest) : 0;
	if (length == rest)
		return NULL;
	*at += length + 1;
	return field;
}

int root_index_begin(const struct buf *index, size_t *ret_at)
{
	size_t at = 0;
	const char *field = next_field(index, &at);

	if (!field || strcmp(field, header) != 0)
		return -EBADMSG;
	*ret_at = at;
	return 0;
}

static int read_attributes(const struct buf *index, size_t *at,
			   struct root_attributes *attributes)
{
	const char *permissions = next_field(index, at);
	uint64_t value;

	attributes->user = next_field(index, at);
	attributes->group = next_field(index, at);
	if (!attributes->group ||
	    number_parse(permissions, 8, 07777, &value) < 0)
		return -EBADMSG;
	attributes->permissions = (mode_t)value;
	return 0;
}

/* A field that is missing leaves those behind it missing as well. */
int root_index_next(const struct buf *index, size_t *at,
		    struct root_record *ret_record)
{
	const char *kind = next_field(index, at);
	struct root_record record = { 0 };

	if (!kind || !kind[0] || kind[1])
		return -EBADMSG;
	record.kind = (enum root_record_kind)kind[0];
	switch (record.kind) {
	case ROOT_PACKAGE:
		record.name = next_field(index, at);
		record.version = next_field(index, at);
		record.architecture = next_field(index, at);
		if (!record.architecture)
			return -EBADMSG;
		break;
	case ROOT_DIRECTORY:
	case ROOT_FILE:
	case ROOT_ATTRIBUTES:
		record.attributes.path = next_field(index, at);
		if (!record.attributes.path)
			return -EBADMSG;
		if (record.kind == ROOT_ATTRIBUTES &&
		    read_attributes(index, at, &record.attributes) < 0)
			return -EBADMSG;
		break;
	case ROOT_END:
		if (*at != index->length)
			return -EBADMSG;
		break;
	default:
		return -EBADMSG;
	}
	*ret_record = record;
	return 0;
}

int root_index_load(int directory, const char *name, struct buf *index,
		    struct diag *diag)
{
	CLEANUP_CLOSE int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_to_end(fd, INDEX_LIMIT, index);

	return r < 0 ? diag_errno(diag, r, "cannot read the %s of packages",
				  name)
		     : 0;
}
