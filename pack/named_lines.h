/*
 * Files that are named in lines of a configuration, whatever program it is of.
 * Pure.
 *
 * A form says what such a line looks like and which file it means, and several
 * are separated by ";":
 *
 *     loadmodule % => %
 *     module load % => ${lib}/rsyslog/%.so; $ModLoad % => ...
 *
 * The words of a form match the first words of a line, letters of either case:
 * "*" stands for any text in a word, "%" for the text that names the file, and
 * "%..." for this word and all that follow, each of which names one. Words
 * are what stands between blanks, quotes, and any of = ( ) , [ ]. A line ends
 * at its end, unless a "(" is open, and at ; { and }. From a "#" that begins
 * a word to its end it is a comment.
 */
#ifndef JAILPACK_NAMED_LINES_H
#define JAILPACK_NAMED_LINES_H

#include "lib/base.h"
#include "lib/diag.h"

struct named_line {
	char *path; /* normal */
	unsigned int number;
};

struct named_lines {
	struct named_line *lines;
	size_t count;
};

#define NAMED_LINES_INIT ((struct named_lines){ 0 })
#define CLEANUP_NAMED CLEANUP(named_lines_done)

void named_lines_done(struct named_lines *lines);

/* What is no absolute path in the end is passed over. */
int named_lines_parse(const char *text, const char *forms,
		      struct named_lines *ret_lines,
		      struct diag *diag) MUST_CHECK;

#endif
