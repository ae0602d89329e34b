#include "lib/size.h"

#include "lib/number.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned int shift;
} units[] = {
	{ "", 0 },   { "k", 10 }, { "K", 10 },
	{ "M", 20 }, { "G", 30 }, { "T", 40 },
};

int size_parse(const char *text, uint64_t *ret_bytes)
{
	const char *unit;
	uint64_t number;
	int r = number_parse_unit(text, &number, &unit);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		if (number > (uint64_t)INT64_MAX >> units[i].shift)
			return -ERANGE;
		*ret_bytes = number << units[i].shift;
		return 0;
	}
	return -EINVAL;
}
