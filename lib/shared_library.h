/*
 * Shared libraries that are loaded by the first who needs them: linked to the
 * programs they would cost every start their own. For the files that know one
 * each (lib/archive_library.c and its like).
 */
#ifndef JAIL_SHARED_LIBRARY_H
#define JAIL_SHARED_LIBRARY_H

#include "lib/base.h"
#include "lib/diag.h"

struct shared_library {
	const char *sonames[3];	  /* the first that is there; NULL ends them */
	const char *does;	  /* "reads and writes archives" */
	const char *package;	  /* Debian's that has it */
	const char *const *names; /* of its functions */
	size_t count;
};

/*
 * The functions, as an array of `count` pointers in the order of the names: a
 * struct that has them under their own types is such an array. The library
 * stays loaded from the first call on. -ENOENT if it is not installed or lacks
 * a function; *ret_functions is untouched then.
 */
int shared_library_load(const struct shared_library *library,
			void *ret_functions, struct diag *diag) MUST_CHECK;

#endif
