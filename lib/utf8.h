/*
 * Text that JSON can carry.
 */
#ifndef JAIL_UTF8_H
#define JAIL_UTF8_H

#include <stdbool.h>

/* RFC 3629: no overlong form, no surrogate, nothing past U+10FFFF. */
bool utf8_valid(const char *text);

#endif
