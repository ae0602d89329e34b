/*
 * Times as people write them: 500ms, 10s, 5m, 1h, 2d.
 */
#ifndef JAIL_DURATION_H
#define JAIL_DURATION_H

#include "lib/base.h"

/*
 * A number and one of the units, no space, or "0" alone. -EINVAL for anything
 * else, -ERANGE past `most` milliseconds. *ret_milliseconds is untouched on
 * failure.
 */
int duration_parse(const char *text, uint64_t most,
		   uint64_t *ret_milliseconds) MUST_CHECK;

#endif
