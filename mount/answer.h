/*
 * What the actions on a jail have in common when they print.
 */
#ifndef JAILMOUNT_ANSWER_H
#define JAILMOUNT_ANSWER_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/config.h"
#include "lib/diag.h"

#include <jansson.h>

enum { ANSWER_PATIENCE_SECONDS = 10 };

/* To standard output. */
int answer_print(const struct buf *text, struct diag *diag) MUST_CHECK;
int answer_print_json(const json_t *json, struct diag *diag) MUST_CHECK;

double answer_number(const json_t *object, const char *key);

/* "88.7 ms (verified 10.0, started 14.4, ready 64.2)", a line, of an answer
 * about a restore. */
void answer_put_times(const json_t *answer, struct buf *text);

/* The contract of an image that came with an answer. */
int answer_contract(int image_fd, struct config *ret_config,
		    struct diag *diag) MUST_CHECK;

#endif
