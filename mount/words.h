/*
 * What stands behind "--" on the command line: the arguments of the image's
 * one service, instead of those that the contract has.
 */
#ifndef JAILMOUNT_WORDS_H
#define JAILMOUNT_WORDS_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <stdbool.h>

/* Put them in place; NULL changes nothing. -EINVAL for a contract in which it
 * is not clear whose they are, and for a standard input (`interactive`) that
 * would be nobody's. */
int words_apply(struct config *config, char *const *words, bool interactive,
		struct diag *diag) MUST_CHECK;

#endif
