/*
 * Text that somebody else chose, made fit to be looked at.
 *
 * File names, reasons and logs come from images and jails. On a terminal they
 * could move the cursor, and in JSON they could be no UTF-8. Every byte that
 * is not part of printable UTF-8 becomes \xHH, and a backslash becomes \\, so
 * that two different strings stay different.
 */
#ifndef JAIL_PRINTABLE_H
#define JAIL_PRINTABLE_H

#include "lib/base.h"
#include "lib/buf.h"

void printable_append(struct buf *buf, const void *text, size_t length);

/* The same for a NUL-terminated text. */
void printable_puts(struct buf *buf, const char *text);

/*
 * How many of `length` bytes at `text` are one printable character in UTF-8:
 * 1 to 4, or 0 if it is none.
 */
size_t printable_character(const unsigned char *text, size_t length);

#endif
