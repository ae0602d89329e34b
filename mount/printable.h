/*
 * Text that came out of a jail, made fit to be looked at.
 *
 * Whoever has broken into a jail chooses its file names and what it logs. On
 * a terminal they could move the cursor, and in JSON they could be no UTF-8.
 * Here every byte that is not part of printable UTF-8 becomes \xHH, and a
 * backslash becomes \\, so that two different strings stay different.
 */
#ifndef JAILMOUNT_PRINTABLE_H
#define JAILMOUNT_PRINTABLE_H

#include "lib/base.h"
#include "lib/buf.h"

void printable_append(struct buf *buf, const void *text, size_t length);

/*
 * How many of `length` bytes at `text` are one printable character in UTF-8:
 * 1 to 4, or 0 if it is none.
 */
size_t printable_character(const unsigned char *text, size_t length);

/* "2026-11-24T06:40:00.123456Z", from microseconds since 1970. */
enum { TIME_TEXT_SIZE = 40 };
void time_format(int64_t microseconds, char ret_text[TIME_TEXT_SIZE]);

/* Microseconds since 1970. */
int64_t time_now(void);

#endif
