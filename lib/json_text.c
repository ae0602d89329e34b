#include "lib/json_text.h"

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
