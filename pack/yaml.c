#include "pack/yaml.h"

#include <errno.h>
#include <string.h>

static int write_value(const json_t *json, unsigned int depth,
		       struct buf *text);

static void indent(struct buf *text, unsigned int depth)
{
	for (unsigned int i = 0; i < depth; i++)
		buf_puts(text, "  ");
}

/* What stands in one line. */
static int write_scalar(const json_t *json, struct buf *text)
{
	CLEANUP_FREE char *dump = json_dumps(json, JSON_ENCODE_ANY);

	if (!dump)
		return -ENOMEM;
	buf_puts(text, dump);
	buf_putc(text, '\n');
	return buf_check(text);
}

static bool is_block(const json_t *json)
{
	return (json_is_object(json) && json_object_size(json)) ||
	       (json_is_array(json) && json_array_size(json));
}

/* Keys here are all words of ours or names that need no quotes, but for
 * slashes and dots, which YAML allows in plain ones. */
static int write_object(const json_t *json, unsigned int depth, bool inlined,
			struct buf *text)
{
	json_t *object = json_incref((json_t *)(uintptr_t)json);
	json_t *value;
	const char *key;
	int r = 0;

	json_object_foreach(object, key, value)
	{
		if (!inlined)
			indent(text, depth);
		inlined = false;
		buf_printf(text, "%s:", key);
		if (is_block(value)) {
			buf_putc(text, '\n');
			r = write_value(value,
					depth + (json_is_object(value) ? 1 : 0),
					text);
		} else {
			buf_putc(text, ' ');
			r = write_scalar(value, text);
		}
		if (r < 0)
			break;
	}
	json_decref(object);
	return r;
}

static int write_array(const json_t *json, unsigned int depth, struct buf *text)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(json); i++) {
		const json_t *value = json_array_get(json, i);

		indent(text, depth);
		buf_puts(text, "- ");
		r = json_is_object(value) && json_object_size(value)
			    ? write_object(value, depth + 1, true, text)
			    : write_scalar(value, text);
	}
	return r;
}

static int write_value(const json_t *json, unsigned int depth, struct buf *text)
{
	if (json_is_object(json))
		return write_object(json, depth, false, text);
	if (json_is_array(json))
		return write_array(json, depth, text);
	return write_scalar(json, text);
}

int yaml_write(const json_t *json, struct buf *text)
{
	int r = write_value(json, 0, text);

	return r < 0 ? r : buf_check(text);
}
