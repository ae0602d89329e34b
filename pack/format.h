/*
 * A piece of text made on the spot.
 */
#ifndef JAILPACK_FORMAT_H
#define JAILPACK_FORMAT_H

#include "lib/base.h"

/* As printf, into memory that the caller frees; NULL if there is none. */
char *format_text(const char *format, ...) PRINTF_LIKE(1, 2) MUST_CHECK;

#endif
