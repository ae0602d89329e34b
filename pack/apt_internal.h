/*
 * What the files of apt.h share.
 */
#ifndef JAILPACK_APT_INTERNAL_H
#define JAILPACK_APT_INTERNAL_H

#include "lib/base.h"

/* directory + "/" + name; NULL when memory runs out; the caller frees it. */
char *apt_below(const char *directory, const char *name) MUST_CHECK;

#endif
