/*
 * What went wrong, told once and well.
 *
 * A function that can fail returns 0 or a negative errno and takes a
 * `struct diag *` as its last parameter. It fills the diagnostic only when
 * it fails; each level on the way up may add in front what it was doing, to
 * which object. Only main and a forked child print.
 *
 *     apache.recipe:12:6: cannot open /usr/sbin/apache3: No such file ...
 *     |  copy /usr/sbin/apache3            <- excerpt, if there is one
 *     |       ^
 *     did you mean /usr/sbin/apache2?      <- hint: what to do next
 */
#ifndef JAIL_DIAG_H
#define JAIL_DIAG_H

#include "lib/base.h"

struct diag {
	int error;     /* negative errno of the first failure, 0 if none */
	char *text;    /* the chain, outermost first, without a newline */
	char *excerpt; /* lines of the offending source, or NULL */
	char *hint;    /* what to do next, or NULL */
};

#define DIAG_INIT ((struct diag){ 0 })
#define CLEANUP_DIAG CLEANUP(diag_done)

/* Release what the diagnostic holds and make it empty again. NULL is fine. */
void diag_done(struct diag *diag);

/*
 * Start a chain: replaces whatever the diagnostic held. `error` is a
 * negative errno and is returned, so that a caller can write
 * `return diag_set(diag, -EINVAL, ...)`. With %m nothing is added of itself:
 * diag_errno() is the form that appends the error's own words.
 * `diag` may be NULL everywhere here: the text is then dropped.
 */
int diag_set(struct diag *diag, int error, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* As diag_set(), followed by ": " and the words for `error`. */
int diag_errno(struct diag *diag, int error, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Put "format: " in front of the chain. Returns `error`. */
int diag_wrap(struct diag *diag, int error, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Say what to do next. Replaces an earlier hint. */
void diag_hint(struct diag *diag, const char *format, ...) PRINTF_LIKE(2, 3);

/* Attach the source lines that the error is about. */
void diag_excerpt(struct diag *diag, const char *format, ...) PRINTF_LIKE(2, 3);

/* Out of memory: sets -ENOMEM and returns it. */
int diag_oom(struct diag *diag);

/*
 * Print "program: text", then the excerpt and the hint, on standard error.
 * For main and for forked children only.
 */
void diag_print(const struct diag *diag, const char *program);

#endif
