/*
 * The text of a recipe that nobody has written yet: groups of directives,
 * each with a comment that says why it stands there. Pure.
 *
 * A heading is printed with the first line below it, and none if there is no
 * such line. Where a recipe is continued (`old`), lines that it has already are
 * left out, and all that is added stands below one heading.
 */
#ifndef JAILPACK_DRAFT_H
#define JAILPACK_DRAFT_H

#include "lib/base.h"
#include "lib/buf.h"

#include <stdbool.h>

struct draft {
	struct buf text;
	const char *old;     /* the recipe that is continued, or NULL */
	bool continued;	     /* the heading of what is added was printed */
	const char *heading; /* not printed yet, or NULL */
	struct buf reason;   /* the comment for the next directive */
};

#define DRAFT_INIT ((struct draft){ 0 })

void draft_done(struct draft *draft);

/* What follows is about this: one line, a string that stays. */
void draft_heading(struct draft *draft, const char *heading);

/* Why the next directive stands there, wrapped into lines of a comment. Said
 * several times, the sentences follow one another. */
void draft_reason(struct draft *draft, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* A directive as it is, with the reasons given before it; a comment if no
 * recipe could hold it. */
void draft_line(struct draft *draft, const char *format, ...) PRINTF_LIKE(2, 3);

/* A comment of its own. */
void draft_comment(struct draft *draft, const char *format, ...)
	PRINTF_LIKE(2, 3);

/*
 * As many directives as it takes for all words, each no wider than a page:
 * "copy A B C". The words are quoted.
 */
void draft_words(struct draft *draft, const char *directive, char *const *words,
		 size_t count);

/* A word as the recipe must have it: quoted where that is needed. */
void draft_quote(struct buf *text, const char *word);

/* False for a word that no recipe can hold: control characters, no UTF-8. */
bool draft_can_say(const char *word);

#endif
