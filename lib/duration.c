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
	const char *unit;
	uint64_t number;
	int r = number_parse_unit(text, &number, &unit);

	if (r < 0)
		return r;
	if (number == 0 && !*unit) {
		*ret_milliseconds = 0;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		if (number > most / units[i].milliseconds)
			return -ERANGE;
		*ret_milliseconds = number * units[i].milliseconds;
		return 0;
	}
	return -EINVAL;
}
