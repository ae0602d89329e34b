#include "lib/member.h"

#include <errno.h>
#include <string.h>

#define refuse(diag, ...) diag_set(diag, -EBADMSG, __VA_ARGS__)

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a whole number";
	default:
		return "a value";
	}
}

int member_get(const json_t *object, const char *key, json_type type,
	       json_t **ret_value, struct diag *diag)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		return refuse(diag, "\"%s\" is missing", key);
	if (json_typeof(value) != type)
		return refuse(diag, "\"%s\" is not %s", key, type_name(type));
	*ret_value = value;
	return 0;
}

int member_number(const json_t *object, const char *key, uint64_t max,
		  uint64_t *ret_value, struct diag *diag)
{
	json_t *value;
	int r = member_get(object, key, JSON_INTEGER, &value, diag);

	if (r < 0)
		return r;
	if (json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > max)
		return refuse(diag, "\"%s\" is out of range", key);
	*ret_value = (uint64_t)json_integer_value(value);
	return 0;
}

int member_u32(const json_t *object, const char *key, uint32_t *ret_value,
	       struct diag *diag)
{
	uint64_t value;
	int r = member_number(object, key, UINT32_MAX, &value, diag);

	if (r == 0)
		*ret_value = (uint32_t)value;
	return r;
}

static int copy_string(const char *text, char **ret_copy, struct diag *diag)
{
	char *copy = strdup(text);

	if (!copy)
		return diag_oom(diag);
	*ret_copy = copy;
	return 0;
}

int member_string(const json_t *object, const char *key, char **ret_text,
		  struct diag *diag)
{
	json_t *value = NULL;
	int r = member_get(object, key, JSON_STRING, &value, diag);

	return r < 0 ? r
		     : copy_string(json_string_value(value), ret_text, diag);
}

int member_optional_string(const json_t *object, const char *key,
			   char **ret_text, struct diag *diag)
{
	return json_object_get(object, key)
		       ? member_string(object, key, ret_text, diag)
		       : 0;
}

int member_strings(const json_t *object, const char *key, char ***ret_strings,
		   struct diag *diag)
{
	json_t *list, *entry;
	char **strings;
	size_t i;
	int r = member_get(object, key, JSON_ARRAY, &list, diag);

	if (r < 0 || json_array_size(list) == 0)
		return r;
	if (json_array_size(list) > MEMBER_LIST_MAX)
		return refuse(diag, "\"%s\" has more than %d entries", key,
			      MEMBER_LIST_MAX);
	strings = calloc(json_array_size(list) + 1, sizeof(*strings));
	if (!strings)
		return diag_oom(diag);
	json_array_foreach(list, i, entry)
	{
		if (!json_is_string(entry))
			r = refuse(diag, "\"%s\" holds what is not a string",
				   key);
		else
			r = copy_string(json_string_value(entry), &strings[i],
					diag);
		if (r < 0) {
			strv_free(strings);
			return r;
		}
	}
	*ret_strings = strings;
	return 0;
}
