/* Two contracts, value by value. Pure. */
#include "lib/buf.h"
#include "pack/diff.h"

#include <errno.h>
#include <string.h>

struct comparison {
	struct buf path;
	struct diff_value *values;
	size_t count;
};

void diff_values_done(struct diff_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(values[i].path);
	free(values);
}

static int add(struct comparison *comparison, json_t *old, json_t *new)
{
	struct diff_value value = {
		.kind = !old   ? DIFF_ADDED
			: !new ? DIFF_REMOVED
			       : DIFF_CHANGED,
		.old = old,
		.new = new,
	};

	if (buf_check(&comparison->path) < 0)
		return -ENOMEM;
	value.path = strdup(comparison->path.data ? comparison->path.data : "");
	if (!value.path || array_grow(&comparison->values, comparison->count,
				      sizeof(*comparison->values)) < 0) {
		free(value.path);
		return -ENOMEM;
	}
	comparison->values[comparison->count++] = value;
	return 0;
}

/* Go on with the path from `length` on. */
static void cut(struct comparison *comparison, size_t length)
{
	comparison->path.length = length;
	if (comparison->path.data)
		comparison->path.data[length] = '\0';
}

static int compare(struct comparison *comparison, json_t *old, json_t *new);

/* --- Objects --- */

static int compare_member(struct comparison *comparison, const char *key,
			  json_t *old, json_t *new)
{
	size_t length = comparison->path.length;
	int r;

	if (length)
		buf_putc(&comparison->path, '.');
	buf_puts(&comparison->path, key);
	r = compare(comparison, old, new);
	cut(comparison, length);
	return r;
}

/* The keys of both in one order: the contract is written with sorted keys. */
static int compare_members(struct comparison *comparison, json_t *old,
			   json_t *new)
{
	void *a = json_object_iter(old), *b = json_object_iter(new);
	int r = 0;

	while (r == 0 && (a || b)) {
		const char *x = a ? json_object_iter_key(a) : NULL;
		const char *y = b ? json_object_iter_key(b) : NULL;
		int order = !x ? 1 : !y ? -1 : strcmp(x, y);

		r = compare_member(
			comparison, order <= 0 ? x : y,
			order <= 0 ? json_object_iter_value(a) : NULL,
			order >= 0 ? json_object_iter_value(b) : NULL);
		if (order <= 0)
			a = json_object_iter_next(old, a);
		if (order >= 0)
			b = json_object_iter_next(new, b);
	}
	return r;
}

/* --- Lists --- */

/* What an object in a list is called by. */
static const char *name_of(const json_t *element)
{
	static const char *const keys[] = { "destination", "path", "type" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *name =
			json_string_value(json_object_get(element, keys[i]));

		if (name)
			return name;
	}
	return NULL;
}

/* Every element is an object with a name that no other has. */
static bool has_names(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = name_of(json_array_get(list, i));

		for (size_t j = 0; name && j < i; j++)
			if (strcmp(name, name_of(json_array_get(list, j))) == 0)
				return false;
		if (!name)
			return false;
	}
	return true;
}

static json_t *find_name(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *element = json_array_get(list, i);

		if (strcmp(name_of(element), name) == 0)
			return element;
	}
	return NULL;
}

static int compare_named(struct comparison *comparison, const char *name,
			 json_t *old, json_t *new)
{
	size_t length = comparison->path.length;
	int r;

	buf_printf(&comparison->path, "[%s]", name);
	r = compare(comparison, old, new);
	cut(comparison, length);
	return r;
}

static int compare_by_name(struct comparison *comparison, json_t *old,
			   json_t *new)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(old); i++) {
		json_t *element = json_array_get(old, i);
		const char *name = name_of(element);

		r = compare_named(comparison, name, element,
				  find_name(new, name));
	}
	for (size_t i = 0; r == 0 && i < json_array_size(new); i++) {
		json_t *element = json_array_get(new, i);
		const char *name = name_of(element);

		if (!find_name(old, name))
			r = compare_named(comparison, name, NULL, element);
	}
	return r;
}

static size_t count_equal(const json_t *list, size_t end, const json_t *wanted)
{
	size_t count = 0;

	for (size_t i = 0; i < end; i++)
		count += (size_t)json_equal(json_array_get(list, i), wanted);
	return count;
}

/* Whether the element at `index` is one that `other` has no counterpart for. */
static bool is_alone(const json_t *list, size_t index, const json_t *other)
{
	const json_t *element = json_array_get(list, index);

	return count_equal(list, index, element) >=
	       count_equal(other, json_array_size(other), element);
}

static int compare_as_sets(struct comparison *comparison, json_t *old,
			   json_t *new)
{
	size_t length = comparison->path.length;
	size_t before = comparison->count;
	int r = 0;

	buf_puts(&comparison->path, "[]");
	for (size_t i = 0; r == 0 && i < json_array_size(old); i++)
		if (is_alone(old, i, new))
			r = add(comparison, json_array_get(old, i), NULL);
	for (size_t i = 0; r == 0 && i < json_array_size(new); i++)
		if (is_alone(new, i, old))
			r = add(comparison, NULL, json_array_get(new, i));
	cut(comparison, length);
	/* Only their order can differ then. */
	if (r == 0 && comparison->count == before)
		r = add(comparison, old, new);
	return r;
}

/* --- Values --- */

static int compare(struct comparison *comparison, json_t *old, json_t *new)
{
	if (old && new &&json_equal(old, new))
		return 0;
	if (json_is_object(old) && json_is_object(new))
		return compare_members(comparison, old, new);
	if (json_is_array(old) && json_is_array(new))
		return has_names(old) && has_names(new)
			       ? compare_by_name(comparison, old, new)
			       : compare_as_sets(comparison, old, new);
	return add(comparison, old, new);
}

int diff_contract(json_t *old, json_t *new, struct diff_value **ret_values,
		  size_t *ret_count)
{
	struct comparison comparison = { 0 };
	int r = compare(&comparison, old, new);

	buf_done(&comparison.path);
	if (r < 0) {
		diff_values_done(comparison.values, comparison.count);
		return r;
	}
	*ret_values = comparison.values;
	*ret_count = comparison.count;
	return 0;
}
