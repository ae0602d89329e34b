/*
 * What an image asks for and this jailmount does not do. Nothing that is asked
 * for is left out in silence: the image is refused, and told why. Pure.
 */
#ifndef JAILMOUNT_REFUSAL_H
#define JAILMOUNT_REFUSAL_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdbool.h>

/*
 * 0, or -EOPNOTSUPP with everything that cannot be granted. With
 * `files_only` no process is to run: only what is mounted counts.
 */
int refusal_check(const struct config *config, bool files_only,
		  struct diag *diag) MUST_CHECK;

#endif
