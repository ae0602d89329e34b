/*
 * The time that stands for now in what has to come out the same every time.
 * https://reproducible-builds.org/specs/source-date-epoch/
 */
#ifndef JAILPACK_SOURCE_DATE_H
#define JAILPACK_SOURCE_DATE_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>
#include <stdint.h>

/* SOURCE_DATE_EPOCH of the environment, seconds since 1970; *ret_given is
 * false, and the time 0, if it is not set. -EINVAL if it is no such number. */
int source_date(uint32_t *ret_time, bool *ret_given,
		struct diag *diag) MUST_CHECK;

#endif
