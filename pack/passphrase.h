/*
 * The passphrase of a key: from a file, or asked for on the terminal.
 */
#ifndef JAILPACK_PASSPHRASE_H
#define JAILPACK_PASSPHRASE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

enum { PASSPHRASE_MAX = 1000 /* bytes */ };

/*
 * The first line of the file, or without one what is typed, unseen, at the
 * terminal that this process belongs to. -ENOTTY if it has none. `what` is what
 * the passphrase is for.
 */
int passphrase_get(const char *file, const char *what, struct buf *ret_text,
		   struct diag *diag) MUST_CHECK;

/* Overwrite it, and give its memory back. */
void passphrase_done(struct buf *text);

#endif
