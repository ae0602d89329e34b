/*
 * What a program was built with, which is in it as text: prefixes and
 * directories. Pure.
 */
#ifndef JAILPACK_PROGRAM_TEXT_H
#define JAILPACK_PROGRAM_TEXT_H

#include "lib/base.h"

enum { PROGRAM_BYTES_MAX = 64 << 20 }; /* of a program that is looked through */

/*
 * What stands behind the first place where the bytes have `sign`, up to one of
 * the characters `ends` or the NUL: *ret_text points into `bytes`. Its
 * length; 0 if there is none.
 */
size_t program_text_behind(const char *bytes, size_t length, const char *sign,
			   const char *ends, const char **ret_text);

/*
 * The strings between NULs that begin with "/" and match a pattern of
 * fnmatch(3), each once, in their order; appended. -ENOMEM.
 */
int program_text_paths(const char *bytes, size_t length, const char *pattern,
		       char ***paths) MUST_CHECK;

#endif
