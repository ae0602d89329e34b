/*
 * The files of a recipe, read into memory.
 */
#ifndef JAILPACK_RECIPE_FILES_H
#define JAILPACK_RECIPE_FILES_H

#include "pack/recipe_reader.h"

/* A text in memory as the file `path`; it is open and of depth 0. */
int recipe_text_new(const char *path, const char *content, size_t length,
		    struct recipe_text **ret_text,
		    struct diag *diag) MUST_CHECK;

/*
 * A file. What is included must be a regular file (`regular`): a recipe may
 * come from a pipe, but nothing that it names may block or be endless.
 */
int recipe_text_open(const char *path, bool regular,
		     struct recipe_text **ret_text,
		     struct diag *diag) MUST_CHECK;

void recipe_text_free(struct recipe_text *text);

#endif
