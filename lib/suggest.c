#include "lib/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* RUN is one letter's case away from run, which is no distance at all. */
static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned int suggest_distance(const char *word, const char *other)
{
	unsigned int rows[3][SUGGEST_WORD_MAX + 1];
	unsigned int *before = rows[0], *above = rows[1], *row = rows[2];
	size_t length = strlen(word), other_length = strlen(other);

	if (length > SUGGEST_WORD_MAX || other_length > SUGGEST_WORD_MAX)
		return SUGGEST_WORD_MAX + 1;
	for (unsigned int k = 0; k <= other_length; k++)
		row[k] = k;
	for (unsigned int i = 1; i <= length; i++) {
		unsigned int *free_row = before;

		before = above;
		above = row;
		row = free_row;
		row[0] = i;
		for (unsigned int k = 1; k <= other_length; k++) {
			unsigned int change = !same(word[i - 1], other[k - 1]);

			row[k] = least(above[k - 1] + change,
				       least(above[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && same(word[i - 1], other[k - 2]) &&
			    same(word[i - 2], other[k - 1]))
				row[k] = least(row[k], before[k - 2] + 1);
		}
	}
	return row[other_length];
}

struct suggestion suggest_begin(const char *word)
{
	size_t length = strlen(word);

	/* A third of the word may be wrong, but at least one letter, and of
	 * very short words less than all. */
	return (struct suggestion){
		.word = word,
		.distance = length <= 1	  ? 0
			    : length <= 5 ? 1
					  : least((unsigned int)length / 3, 4),
	};
}

void suggest_offer(struct suggestion *suggestion, const char *known)
{
	unsigned int distance = suggest_distance(suggestion->word, known);

	if (distance < suggestion->distance ||
	    (distance == suggestion->distance && !suggestion->best)) {
		suggestion->best = known;
		suggestion->distance = distance;
	}
}

void suggest_hint(const struct suggestion *suggestion, struct diag *diag)
{
	if (suggestion->best)
		diag_hint(diag, "did you mean '%s'?", suggestion->best);
}
