/*
 * The limits of a contract by the words that recipes and the host's settings
 * have for them: "memory 256M", "io write 10M".
 */
#ifndef JAIL_LIMIT_WORDS_H
#define JAIL_LIMIT_WORDS_H

#include "lib/base.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/lex.h"

enum { LIMIT_WORDS = 10 /* how many there are */ };

/* "memory", "io read"; in an order that does not change. */
const char *limit_word(size_t index);

/*
 * Which limit a statement is about, from its second word on: *ret_value is
 * the one word behind its name. -EINVAL, with what would be right, if there is
 * no such limit or not one value.
 */
int limit_find(const struct lex_statement *statement, size_t *ret_index,
	       const struct lex_word **ret_value, struct diag *diag) MUST_CHECK;

/* Read the value, which is never 0, into its field. */
int limit_read(size_t index, const struct lex_word *value,
	       struct config_limits *limits, struct diag *diag) MUST_CHECK;

/* The field's value, in its own unit; 0: not limited. */
uint64_t limit_get(const struct config_limits *limits, size_t index);
void limit_put(struct config_limits *limits, size_t index, uint64_t value);

/* "256M", "50%", "300s": as limit_read() would take it. */
void limit_format(size_t index, uint64_t value, struct buf *text);

#endif
