/*
 * Telling people what differs: for the files diff_show*.c alone.
 */
#ifndef JAILPACK_DIFF_SHOW_H
#define JAILPACK_DIFF_SHOW_H

#include "pack/diff.h"

/* A section of the answer, which has a title once it has a line. */
struct diff_section {
	struct buf *text;
	const char *title;
};

/* Begin a line; what it says, and its newline, are the caller's. */
struct buf *diff_line(struct diff_section *section, char mark);

char diff_mark(enum diff_kind kind);

/* "0644 0/0" */
void diff_show_owner_mode(struct buf *text, const struct bill_file *file);

/* The path, and a newline. */
void diff_show_path(struct buf *text, const struct diff_file *file);

/* Set-id bits, those of directories too, which hand on their group. */
unsigned int diff_set_id(const struct bill_file *file);

/* The sections about files: devices, owners and modes, links, other files,
 * and text. */
void diff_show_files(const struct diff *diff, struct buf *text);

#endif
