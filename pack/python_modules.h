/*
 * What no import statement says of CPython's modules: what the interpreter
 * itself begins with, what modules in C import, and what is there for
 * development only. Pure.
 */
#ifndef JAILPACK_PYTHON_MODULES_H
#define JAILPACK_PYTHON_MODULES_H

#include "lib/base.h"

#include <stdbool.h>

/* Words: the modules that every interpreter imports, and the codecs that
 * text, names of hosts and zip files need. */
const char *python_startup(void);

/*
 * Words: what a module imports unsaid, or NULL. A word with a slash in front
 * is a file that it reads; one with "*" is a pattern of files beside the
 * library's modules.
 */
const char *python_implied(const char *module);

/* True for a top-level module such as pdb or unittest, which the library's own
 * modules take in only for those who develop with them. */
bool python_is_for_development(const char *module);

#endif
