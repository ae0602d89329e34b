#include "lib/number.h"

#include <errno.h>
#include <string.h>

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

int number_parse_unit(const char *text, uint64_t *ret_value,
		      const char **ret_unit)
{
	size_t length = strspn(text, "0123456789");
	char digits[24]; /* more than any number that fits has */
	int r;

	if (length == 0 || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	r = number_parse(digits, 10, UINT64_MAX, ret_value);
	if (r == 0)
		*ret_unit = text + length;
	return r;
}
