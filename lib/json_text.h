/*
 * JSON documents as answers: indented, with a newline behind.
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

#endif
