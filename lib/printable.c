#include "lib/printable.h"

#include <string.h>

/* The length that a first byte promises; 0 for one that cannot be first. */
static size_t promised_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

size_t printable_character(const unsigned char *text, size_t length)
{
	size_t bytes = length ? promised_length(*text) : 0;
	uint32_t code;

	if (!bytes || bytes > length)
		return 0;
	if (bytes == 1)
		return *text >= 0x20 && *text != 0x7f;
	code = *text & (0xffU >> (bytes + 1));
	for (size_t i = 1; i < bytes; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	/* Overlong forms, surrogates, beyond Unicode. */
	if ((bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000) ||
	    (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
		return 0;
	/* The second block of control characters; marks that turn the
	 * direction of what follows. */
	if (code < 0xa0 || (code >= 0x200e && code <= 0x200f) ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069))
		return 0;
	return bytes;
}

void printable_append(struct buf *buf, const void *text, size_t length)
{
	const unsigned char *from = text;

	while (length) {
		size_t bytes = printable_character(from, length);

		if (*from == '\\')
			buf_puts(buf, "\\\\");
		else if (bytes)
			buf_append(buf, from, bytes);
		else
			buf_printf(buf, "\\x%02x", *from);
		if (!bytes)
			bytes = 1;
		from += bytes;
		length -= bytes;
	}
}

void printable_puts(struct buf *buf, const char *text)
{
	printable_append(buf, text, strlen(text));
}
