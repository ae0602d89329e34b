/*
 * What of jailmount's command line goes together; for options.c alone.
 */
#ifndef JAILMOUNT_OPTIONS_USAGE_H
#define JAILMOUNT_OPTIONS_USAGE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "mount/options.h"

/*
 * Are there the words that the action needs, and no option that means nothing
 * to it? -EINVAL with what it would be.
 */
int options_check(const struct options *options, struct diag *diag) MUST_CHECK;

#endif
