/*
 * Names that a jail may have chosen, as words of a recipe: pure.
 */
#ifndef JAILMOUNT_EXPLAIN_WORD_H
#define JAILMOUNT_EXPLAIN_WORD_H

#include "lib/base.h"
#include "lib/buf.h"

#include <stdbool.h>

/*
 * A word of a recipe, quoted where need be. With `pattern`, one that matches
 * nothing but this text where patterns are read. False, with nothing appended,
 * for what no recipe can hold.
 */
bool explain_word(struct buf *line, const char *text, bool pattern);

/* "copy WORD", or a remark, which is no directive, where there is no such
 * word. */
void explain_directive(struct buf *line, const char *directive,
		       const char *path, bool pattern);

#endif
