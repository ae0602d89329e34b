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

/*
 * Decimal digits, and what stands behind them: *ret_unit points into the text,
 * at its end if that is nothing. Errors as above.
 */
int number_parse_unit(const char *text, uint64_t *ret_value,
		      const char **ret_unit) MUST_CHECK;

#endif
