/*
 * What the reader and the writer of the bill must agree on; jail-image(5) is
 * the source.
 */
#ifndef JAIL_BILL_FORMAT_H
#define JAIL_BILL_FORMAT_H

#include "lib/bill.h"

enum { BILL_VERSION = 1 };

/* Behind the key of a text that is not UTF-8: the value is hexadecimal. */
#define HEX_SUFFIX "-hex"

/* The word for a type of file, and back: 0 if it is none. */
const char *bill_type_name(mode_t mode);
mode_t bill_type_mode(const char *name);

#endif
