#include "lib/utf8.h"

#include "lib/base.h"

#include <string.h>

/* The first byte says how many there are; a number that would have needed
 * fewer is not valid. */
static const struct {
	uint32_t smallest;
	uint8_t bytes, lead_mask, lead;
} forms[] = {
	{ 0, 1, 0x80, 0x00 },
	{ 0x80, 2, 0xe0, 0xc0 },
	{ 0x800, 3, 0xf0, 0xe0 },
	{ 0x10000, 4, 0xf8, 0xf0 },
};

size_t utf8_character(const char *text, size_t length, uint32_t *ret_number)
{
	const uint8_t *byte = (const uint8_t *)text;

	for (size_t i = 0; i < ARRAY_SIZE(forms) && forms[i].bytes <= length;
	     i++) {
		uint32_t number;

		if ((byte[0] & forms[i].lead_mask) != forms[i].lead)
			continue;
		number = byte[0] & (uint8_t)~forms[i].lead_mask;
		for (size_t k = 1; k < forms[i].bytes; k++) {
			if ((byte[k] & 0xc0) != 0x80)
				return 0;
			number = number << 6 | (byte[k] & 0x3f);
		}
		if (number < forms[i].smallest || number > 0x10ffff ||
		    (number >= 0xd800 && number <= 0xdfff))
			return 0;
		*ret_number = number;
		return forms[i].bytes;
	}
	return 0;
}

bool utf8_valid(const char *text)
{
	size_t length = strlen(text);

	while (length > 0) {
		uint32_t number;
		size_t bytes = utf8_character(text, length, &number);

		if (bytes == 0)
			return false;
		text += bytes;
		length -= bytes;
	}
	return true;
}

bool utf8_is_control(uint32_t number)
{
	return number < 0x20 || (number >= 0x7f && number < 0xa0);
}
