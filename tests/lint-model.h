/*
 * Told to the static analyzer alone: what a diag_ function returns is the
 * error that it was given, and an error is negative. It does not look into
 * other files and would follow paths on which a failure is taken for success.
 */
#ifndef JAIL_LINT_MODEL_H
#define JAIL_LINT_MODEL_H

#include "lib/diag.h"

#include <errno.h>

static inline int model_failure(int returned)
{
	if (returned >= 0)
		__builtin_unreachable();
	return returned;
}

#define diag_set(...) model_failure((diag_set)(__VA_ARGS__))
#define diag_errno(...) model_failure((diag_errno)(__VA_ARGS__))
#define diag_wrap(...) model_failure((diag_wrap)(__VA_ARGS__))
#define diag_oom(...) model_failure((diag_oom)(__VA_ARGS__))

#endif
