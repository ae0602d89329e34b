/*
 * How files and numbers are shown to people.
 */
#ifndef JAIL_SHOW_H
#define JAIL_SHOW_H

#include "lib/base.h"
#include "lib/bill.h"
#include "lib/buf.h"

/* "754 bytes", "5.4 MB": powers of 1000. */
void show_size(struct buf *text, uint64_t bytes);

/* "1 file", "5 files": `one` is the word for one of them. */
void show_count(struct buf *text, uint64_t count, const char *one);

/* "500 ms", "30 s", "10 min", "1 h": in the largest unit that leaves no
 * rest. */
void show_duration(struct buf *text, uint64_t milliseconds);

/* One line as `ls -ln` has it, without the newline: mode, owner, size or
 * device number, path, and where a link points. */
void show_file(struct buf *text, const struct bill_file *file);

/* "libc6 2.36-9 (amd64)"; nothing for BILL_NO_PACKAGE. */
void show_package(struct buf *text, const struct bill_package *packages,
		  size_t package);

#endif
