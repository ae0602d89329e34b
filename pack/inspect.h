/*
 * The parts of --inspect's answer that are made in files of their own.
 */
#ifndef JAILPACK_INSPECT_H
#define JAILPACK_INSPECT_H

#include "pack/question.h"

/* What the jail asks of its host, a line for each thing asked. */
void show_contract(struct buf *text, const struct config *config);

#endif
