/*
 * Numbers in text, strictly.
 */
#ifndef JAIL_NUMBER_H
#define JAIL_NUMBER_H

#include "lib/base.h"

/*
 * Digits of `base` (8 or 10) from the first character to the last, at least
 * one, no sign and no space. -EINVAL for anything else, -ERANGE past `max`.
 * *ret_value is untouched on failure.
 */
int number_parse(const char *text, unsigned int base, uint64_t max,
		 uint64_t *ret_value) MUST_CHECK;

#endif
