/*
 * Sizes as people write them: 64k, 16M, 1G, 2T.
 */
#ifndef JAIL_SIZE_H
#define JAIL_SIZE_H

#include "lib/base.h"

/*
 * A number, and one of the units or none for bytes, no space; units are powers
 * of 1024. -EINVAL for anything else, -ERANGE past 2^63 - 1. *ret_bytes is
 * untouched on failure.
 */
int size_parse(const char *text, uint64_t *ret_bytes) MUST_CHECK;

#endif
