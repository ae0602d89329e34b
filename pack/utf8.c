#include "pack/utf8.h"

static const struct {
	uint8_t lead_mask, lead;
	size_t bytes;
	uint32_t smallest;
} forms[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
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

bool utf8_is_control(uint32_t number)
{
	return number < 0x20 || (number >= 0x7f && number < 0xa0);
}
