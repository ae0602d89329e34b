/*
 * The logical lines of a Python text: comments left out, lines that continue
 * joined, strings reduced to what is of use. Pure; for python_imports.c.
 */
#ifndef JAILPACK_PYTHON_LINES_H
#define JAILPACK_PYTHON_LINES_H

#include "lib/base.h"
#include "lib/buf.h"

#include <stdbool.h>

struct python_cursor {
	const char *at;
	unsigned int number; /* of the line that `at` is in */
};

struct python_line {
	struct buf text; /* a string is 'TEXT', or '' if it has more than plain
			    characters in it; brackets are in pairs */
	unsigned int indent; /* columns, tabs to the next eighth */
	unsigned int number; /* of its first line */
};

/* The next line that has something in it. False at the end of the text. */
bool python_next_line(struct python_cursor *cursor, struct python_line *line);

#endif
