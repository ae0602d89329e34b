#include "lib/number.h"

#include <errno.h>

int number_parse(const char *text, unsigned int base, uint64_t max,
		 uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		/* What lies below '0' becomes too large a digit as well. */
		unsigned int digit = (unsigned int)(*text - '0');

		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	if (value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}
