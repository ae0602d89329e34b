#include "lib/duration.h"

#include "lib/number.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	uint64_t milliseconds;
} units[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ "d", 24 * 60 * 60 * 1000 },
};

int duration_parse(const char *text, uint64_t most, uint64_t *ret_milliseconds)
{
	size_t length = strspn(text, "0123456789");
	char digits[24];
	uint64_t number;
	int r;

	if (length == 0 || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	r = number_parse(digits, 10, UINT64_MAX, &number);
	if (r < 0)
		return r;
	if (number == 0 && !text[length]) {
		*ret_milliseconds = 0;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(text + length, units[i].name) != 0)
			continue;
		if (number > most / units[i].milliseconds)
			return -ERANGE;
		*ret_milliseconds = number * units[i].milliseconds;
		return 0;
	}
	return -EINVAL;
}
