/*
 * JSON documents as answers: indented, with a newline behind. Values of text.
 */
#ifndef JAIL_JSON_TEXT_H
#define JAIL_JSON_TEXT_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <jansson.h>

/* Append the document, and release it. NULL is memory that ran out when it was
 * made: -ENOMEM then, as when it runs out here. */
int json_answer(json_t *json, struct buf *text, struct diag *diag) MUST_CHECK;

/* Text of any bytes, as printable.h shows it. NULL: no memory. */
json_t *json_printable(const char *text);
json_t *json_printable_bytes(const char *text, size_t length);

/* Of a NULL-terminated array of UTF-8, NULL for an empty one. NULL: no
 * memory. */
json_t *json_strings(char *const *strings);

#endif
