#include "lib/json_text.h"

#include "lib/printable.h"

#include <string.h>

int json_answer(json_t *json, struct buf *text, struct diag *diag)
{
	CLEANUP_FREE char *dump =
		json ? json_dumps(json, JSON_INDENT(2)) : NULL;

	json_decref(json);
	if (!dump)
		return diag_oom(diag);
	buf_puts(text, dump);
	buf_putc(text, '\n');
	return buf_check(text) < 0 ? diag_oom(diag) : 0;
}

json_t *json_printable_bytes(const char *text, size_t length)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;

	buf_puts(&shown, "");
	printable_append(&shown, text, length);
	return buf_check(&shown) < 0 ? NULL : json_string(shown.data);
}

json_t *json_printable(const char *text)
{
	return json_printable_bytes(text, strlen(text));
}

json_t *json_strings(char *const *strings)
{
	json_t *list = json_array();

	for (; list && strings && *strings; strings++) {
		if (json_array_append_new(list, json_string(*strings)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
