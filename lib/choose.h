/*
 * A word that has to be one of a few.
 */
#ifndef JAIL_CHOOSE_H
#define JAIL_CHOOSE_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/lex.h"

/* Its index in `known`. -EINVAL, with all of them and the nearest, if it is
 * none of them. */
int choose_word(const struct lex_word *word, const char *const *known,
		size_t count, size_t *ret_index, struct diag *diag) MUST_CHECK;

#endif
