/*
 * Where something stands in a text, and errors that show it.
 */
#ifndef JAIL_LOCATION_H
#define JAIL_LOCATION_H

#include "lib/base.h"
#include "lib/diag.h"

/* Where a directive or one of its words stands. */
struct location {
	const char *file; /* as the operator named it; owned by the text */
	unsigned int line, column; /* both from 1; column in bytes. Line 0:
				      nowhere, or the file as a whole */
	const char *text;	   /* the source line, likewise */
};

/* Fill the diagnostic with "file:line:column: message", the line and a caret.
 * Returns `error`. */
int location_error(struct diag *diag, int error, const struct location *at,
		   const char *format, ...) PRINTF_LIKE(4, 5);

/* Put the location in front of a chain that is already there. */
int location_wrap(struct diag *diag, int error, const struct location *at);

#endif
