/*
 * "Did you mean ...?": the known word that is nearest to one that is not.
 *
 * Distance: Damerau and Levenshtein's, in the restricted form (optimal string
 * alignment): the fewest insertions, deletions, replacements of a byte and
 * exchanges of two neighbours that make one word of the other. The case of
 * ASCII letters makes no difference.
 */
#ifndef JAIL_SUGGEST_H
#define JAIL_SUGGEST_H

#include "lib/base.h"
#include "lib/diag.h"

enum { SUGGEST_WORD_MAX = 64 }; /* longer words get no suggestion */

/* SUGGEST_WORD_MAX + 1 if either word is too long. */
unsigned int suggest_distance(const char *word, const char *other);

/*
 * Offer every known word; `best` is then the nearest, the first of equally
 * near ones, or NULL if none is near enough to be what was meant. The words
 * are not copied.
 */
struct suggestion {
	const char *word;
	const char *best;
	unsigned int distance; /* of `best`; at first: the largest allowed */
};

struct suggestion suggest_begin(const char *word);
void suggest_offer(struct suggestion *suggestion, const char *known);

/* Make the suggestion, if there is one, the hint of the diagnostic. */
void suggest_hint(const struct suggestion *suggestion, struct diag *diag);

#endif
