/*
 * The imports of a Python module, found in its text. Pure; nothing is run.
 *
 * Grammar: "The import statement" and "Lexical analysis" of the Python
 * Language Reference. Strings, comments and continuation lines are understood,
 * and so are __import__() and import_module() of a literal.
 */
#ifndef JAILPACK_PYTHON_IMPORTS_H
#define JAILPACK_PYTHON_IMPORTS_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

enum {
	PYTHON_IMPORTS_MAX = 16384, /* in one file; more are passed over */
	PYTHON_DEPTH_MAX = 128,	    /* of indentation that is kept track of */
};

struct python_import {
	unsigned int level;  /* the dots in front: 0 is absolute */
	char *module;	     /* "a.b"; "" for `from . import` */
	char *name;	     /* of `from MODULE import NAME`, or NULL */
	unsigned int number; /* of the line, from 1 */
	bool optional;	     /* in a try or an if */
	bool lazy;	     /* in a function */
};

struct python_imports {
	struct python_import *imports;
	size_t count;
	unsigned int computed; /* the first line that imports what cannot be
				  told from the text; 0: none */
};

#define PYTHON_IMPORTS_INIT ((struct python_imports){ 0 })
#define CLEANUP_PYTHON CLEANUP(python_imports_done)

void python_imports_done(struct python_imports *imports);

/*
 * `main`: the text is that of a program, and what counts only as such (if
 * __name__ == "__main__") does. What is for type checkers never does.
 */
int python_imports_parse(const char *text, bool main,
			 struct python_imports *ret_imports,
			 struct diag *diag) MUST_CHECK;

#endif
