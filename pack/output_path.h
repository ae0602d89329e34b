/*
 * Where what -o names goes.
 */
#ifndef JAILPACK_OUTPUT_PATH_H
#define JAILPACK_OUTPUT_PATH_H

#include "lib/base.h"

#include <stdbool.h>

bool is_directory(const char *path);

/*
 * `output` itself, or NAME and SUFFIX in it if it is a directory or ends like
 * one, or in the current directory if it is NULL. The caller frees it; NULL if
 * memory runs out.
 */
char *output_path(const char *output, const char *name,
		  const char *suffix) MUST_CHECK;

#endif
