/*
 * UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing past
 * U+10FFFF.
 */
#ifndef JAIL_UTF8_H
#define JAIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character that `text` begins with, of which `length` bytes are there:
 * how many bytes it takes, and its number. 0 if it is not a valid one.
 */
size_t utf8_character(const char *text, size_t length, uint32_t *ret_number);

/* Text that JSON can carry: every character is valid. */
bool utf8_valid(const char *text);

/* A control character of ISO/IEC 6429: C0 (tab and newline too), DEL, C1. */
bool utf8_is_control(uint32_t number);

#endif
