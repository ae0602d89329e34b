/*
 * The file that a draft becomes.
 */
#ifndef JAILPACK_DRAFT_FILE_H
#define JAILPACK_DRAFT_FILE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <stdbool.h>

struct draft_file {
	const char *output;	 /* where it goes */
	const char *recipe_path; /* that names in it are relative to */
	char *name;		 /* of the jail, from the file's */
	struct buf old;		 /* the text that is continued; empty if none */
};

/*
 * Check that a recipe may be written to `output`, and read the one that is
 * continued, if any. -EINVAL without an output; -EEXIST if that is there and
 * neither continued nor forced away; what creating a file there gives.
 */
int draft_file_begin(const char *output, const char *continued, bool force,
		     struct draft_file *ret_file, struct diag *diag) MUST_CHECK;
void draft_file_done(struct draft_file *file);

/* It appears whole, or not at all. */
int draft_file_write(const struct draft_file *file, const struct buf *text,
		     struct diag *diag) MUST_CHECK;

#endif
