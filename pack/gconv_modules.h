/*
 * glibc's tables of character sets, gconv-modules and what is in
 * gconv-modules.d: which file converts from and to which of them. Pure.
 *
 * Syntax: "Loading of the conversion modules" in glibc's manual, "module FROM
 * TO FILE COST" and "alias NAME OTHER"; names end in "//" and have no case.
 */
#ifndef JAILPACK_GCONV_MODULES_H
#define JAILPACK_GCONV_MODULES_H

#include "lib/base.h"

/*
 * Append the files, without ".so", that a text names for a character set, each
 * once. An alias counts if it stands in the same text. What does not look
 * like a line of the table is passed over. -ENOMEM.
 */
int gconv_modules_find(const char *text, const char *charset,
		       char ***files) MUST_CHECK;

#endif
