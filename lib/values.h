/*
 * The words of a text as values: numbers, sizes, times, modes, owners,
 * paths, names. All return -EINVAL for a word that is none, and fill the
 * diagnostic with its location and with what would be one.
 */
#ifndef JAIL_VALUES_H
#define JAIL_VALUES_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/lex.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
	VALUE_PATH_MAX = 4095, /* bytes in a path */
	VALUE_NAME_MAX = 255,  /* bytes in one component of it */
};

/* Decimal digits; `what` names the number in messages: "port". */
int value_number(const struct lex_word *word, const char *what, uint64_t least,
		 uint64_t most, uint64_t *ret_number,
		 struct diag *diag) MUST_CHECK;

/* "64k", "16M", "1G", "2T" (powers of 1024), or plain bytes; not 0. */
int value_size(const struct lex_word *word, uint64_t *ret_bytes,
	       struct diag *diag) MUST_CHECK;

/* "500ms", "10s", "5m", "1h", "2d"; a number needs its unit unless it is 0. */
int value_duration(const struct lex_word *word, uint64_t most,
		   uint64_t *ret_milliseconds, struct diag *diag) MUST_CHECK;

/* "50%" of a processor, or "2", "1.5" processors; in thousandths, not 0. */
int value_processors(const struct lex_word *word, uint32_t *ret_permille,
		     struct diag *diag) MUST_CHECK;

/* Three or four octal digits; `most` is 07777 or less. */
int value_mode(const struct lex_word *word, mode_t most, mode_t *ret_mode,
	       struct diag *diag) MUST_CHECK;
/* Does the word begin like a mode, and not like an owner or a path? */
bool value_looks_like_mode(const struct lex_word *word);

/* "USER:GROUP", either by name or number. */
int value_owner(const struct lex_word *word, char **ret_user, char **ret_group,
		struct diag *diag) MUST_CHECK;

/* Absolute, without "..", within the limits; given back in normal form. */
int value_path(const struct lex_word *word, char **ret_path,
	       struct diag *diag) MUST_CHECK;

/* A user's or group's name as useradd(8) takes it. */
int value_account(const struct lex_word *word, const char *name,
		  const char *what, struct diag *diag) MUST_CHECK;

#define VALUE_LOWER "abcdefghijklmnopqrstuvwxyz"
#define VALUE_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define VALUE_DIGITS "0123456789"

/* `text` consists of characters of `characters` alone, and of at least one. */
bool value_made_of(const char *text, const char *characters);

#endif
