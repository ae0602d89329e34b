#include "lib/choose.h"

#include "lib/buf.h"
#include "lib/suggest.h"

#include <errno.h>
#include <string.h>

int choose_word(const struct lex_word *word, const char *const *known,
		size_t count, size_t *ret_index, struct diag *diag)
{
	struct suggestion suggestion = suggest_begin(word->text);
	CLEANUP_BUF struct buf all = BUF_INIT;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(word->text, known[i]) == 0) {
			*ret_index = i;
			return 0;
		}
		suggest_offer(&suggestion, known[i]);
		buf_printf(&all, "%s%s", i ? ", " : "", known[i]);
	}
	if (buf_check(&all) < 0)
		return diag_oom(diag);
	location_error(diag, -EINVAL, &word->at, "'%s' is not one of %s",
		       word->text, all.data);
	suggest_hint(&suggestion, diag);
	return -EINVAL;
}
