/*
 * The parts of --inspect's answer that are made in files of their own.
 */
#ifndef JAILPACK_INSPECT_H
#define JAILPACK_INSPECT_H

#include "pack/question.h"

/* Where values begin; the names before them are shorter. */
enum { INSPECT_COLUMN = 13 };

/*
 * What the jail asks of its host, a line for each thing asked: its name,
 * blanks up to INSPECT_COLUMN, and what is asked, printable.
 */
void show_contract(struct buf *text, const struct config *config);

#endif
