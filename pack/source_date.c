#include "pack/source_date.h"

#include "lib/number.h"

#include <errno.h>

int source_date(uint32_t *ret_time, bool *ret_given, struct diag *diag)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t time = 0;

	if (text && number_parse(text, 10, UINT32_MAX, &time) < 0)
		return diag_set(diag, -EINVAL,
				"SOURCE_DATE_EPOCH is %s, which is not a "
				"number of seconds since 1970 that a squashfs "
				"file system can hold",
				text);
	*ret_time = (uint32_t)time;
	*ret_given = text != NULL;
	return 0;
}
