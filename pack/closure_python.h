/*
 * What the files about Python's modules share. Nobody else includes it.
 */
#ifndef JAILPACK_CLOSURE_PYTHON_H
#define JAILPACK_CLOSURE_PYTHON_H

#include "pack/closure_walk.h"

#include <stdbool.h>

struct python {
	struct closure_walk *walk;
	char *version;	 /* "3.11" */
	char *library;	 /* the directory of its own modules */
	char *extension; /* ".cpython-311-x86_64-linux-gnu.so", or NULL */
	char *bytes;	 /* the interpreter */
	size_t length;
};

/* closure_python_path.c: fill it in, from where the interpreter is and from
 * its text. -ENOENT without a diagnostic if it is without a library. */
int python_look_at(struct python *python, struct diag *diag) MUST_CHECK;

/* Modules that are a part of it: their names stand in a table. */
bool python_is_built_in(const struct python *python, const char *module);

/* The directories in which modules are looked for, in the order of sys.path:
 * those that the service has of its own, and those of the system. */
int python_directories(struct python *python, struct diag *diag) MUST_CHECK;

/* Those of virtual environments that scripts and programs are run in. */
int python_environments(struct python *python, struct diag *diag) MUST_CHECK;

/* Where one component of a name was found. */
struct python_found {
	char *file;	 /* to be placed, or NULL: a directory without one */
	char *directory; /* of a package, or NULL */
	bool text;
};

#define CLEANUP_PYTHON_FOUND CLEANUP(python_found_done)

void python_found_done(struct python_found *found);

/* closure_python_find.c: one component of a name in a directory, or over all
 * of them. 1: *found is a file. 0: it is a directory, or nothing. */
int python_find_in(struct python *python, const char *directory,
		   const char *name, struct python_found *found,
		   struct diag *diag) MUST_CHECK;
int python_find(struct python *python, const char *name,
		struct python_found *found, struct diag *diag) MUST_CHECK;

#endif
