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
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(text + length, units[i].name) != 0)
			continue;
		if (number > (uint64_t)INT64_MAX >> units[i].shift)
			return -ERANGE;
		*ret_bytes = number << units[i].shift;
		return 0;
	}
	return -EINVAL;
}
