/*
 * What is built into glibc's loader when it is compiled: the system's
 * directories and $LIB, for a machine or for one that is not known (NULL).
 * For library_search.c.
 */
#ifndef JAILPACK_LIBRARY_BUILT_IN_H
#define JAILPACK_LIBRARY_BUILT_IN_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/libraries.h"
#include "pack/loader_paths.h"

/* The system's directories, appended in the order of the search. */
int library_system_directories(struct libraries *libraries,
			       const struct loader_machine *machine,
			       char ***directories,
			       struct diag *diag) MUST_CHECK;

/* $LIB: the caller frees it. */
int library_lib_word(struct libraries *libraries,
		     const struct loader_machine *machine, char **ret_word,
		     struct diag *diag) MUST_CHECK;

#endif
