#include "mount/json_values.h"

#include "lib/printable.h"
#include "mount/clock.h"

#include <string.h>

json_t *json_printable_bytes(const char *text, size_t length)
{
	CLEANUP_BUF struct buf shown = BUF_INIT;

	buf_puts(&shown, "");
	printable_append(&shown, text, length);
	return shown.data && !shown.failed ? json_string(shown.data) : NULL;
}

json_t *json_printable(const char *text)
{
	return json_printable_bytes(text, strlen(text));
}

json_t *json_time(int64_t microseconds)
{
	char text[TIME_TEXT_SIZE];

	time_format(microseconds, text);
	return json_string(text);
}

json_t *json_milliseconds(int64_t microseconds)
{
	return json_real((double)microseconds / 1000);
}
