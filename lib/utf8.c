#include "lib/utf8.h"

#include <stddef.h>
#include <stdint.h>

/* How many bytes follow a leading byte; -1 if it cannot lead. The least
 * value that needs that many is given too. */
static int following(unsigned char lead, uint32_t *ret_least)
{
	if (lead >= 0xc2 && lead <= 0xdf) {
		*ret_least = 0x80;
		return 1;
	}
	if (lead >= 0xe0 && lead <= 0xef) {
		*ret_least = 0x800;
		return 2;
	}
	if (lead >= 0xf0 && lead <= 0xf4) {
		*ret_least = 0x10000;
		return 3;
	}
	return -1;
}

bool utf8_valid(const char *text)
{
	while (*text) {
		unsigned char lead = (unsigned char)*text++;
		uint32_t least, value;
		int count;

		if (lead < 0x80)
			continue;
		count = following(lead, &least);
		if (count < 0)
			return false;
		value = lead & (0x3fU >> count);
		for (int i = 0; i < count; i++) {
			unsigned char next = (unsigned char)*text;

			if ((next & 0xc0) != 0x80)
				return false;
			value = value << 6 | (next & 0x3f);
			text++;
		}
		if (value < least || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return false;
	}
	return true;
}
