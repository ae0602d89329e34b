/*
 * Two texts compared line by line, as diff -u would.
 *
 * Eugene W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986:
 * the fewest lines removed and added, as long as they are not more than
 * TEXT_DIFF_EDITS_MAX. Past that, all between what both begin with and what
 * both end in is said to be replaced: time and memory stay bounded whatever
 * the texts are.
 */
#ifndef JAILPACK_TEXT_DIFF_H
#define JAILPACK_TEXT_DIFF_H

#include "lib/base.h"
#include "lib/buf.h"

#include <stdbool.h>

enum {
	TEXT_DIFF_EDITS_MAX = 1000,
	TEXT_DIFF_CONTEXT = 3, /* lines around what has changed */
};

/* True if no byte of it is a control character but tab, newline, carriage
 * return and form feed: what people edit, in whatever character set. */
bool text_is_text(const void *data, size_t length);

struct text_diff_count {
	size_t removed, added; /* lines */
};

/*
 * Append the hunks, from "@@" on, without the two lines that name the files.
 * Lines of printable UTF-8 and tabs are shown as they are, others as
 * lib/printable.h has it. Nothing is appended for equal texts. 0 or -ENOMEM.
 */
int text_diff(const struct buf *old, const struct buf *new, struct buf *text,
	      struct text_diff_count *ret_count) MUST_CHECK;

#endif
