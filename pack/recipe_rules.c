/* Which rules of the closure are to be gone by. */
#include "pack/recipe_reader.h"
#include "pack/rules.h"
#include "pack/suggest.h"

#include <errno.h>
#include <string.h>

static int unknown_rule(const struct lex_word *word, struct diag *diag)
{
	struct suggestion suggestion = suggest_begin(word->text);
	size_t count;
	const struct rule *table = rules(&count);
	int r = location_error(diag, -EINVAL, &word->at, "unknown rule '%s'",
			       word->text);

	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggestion, table[i].name);
	suggest_hint(&suggestion, diag);
	return r;
}

static bool is_among(char *const *names, const char *name)
{
	for (; names && *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

HANDLER(handle_closure)
{
	struct recipe *recipe = reader->recipe;
	const struct lex_word *how = &statement->words[1];
	char ***names, ***others;

	if (strcmp(how->text, "with") == 0) {
		names = &recipe->rules_with;
		others = &recipe->rules_without;
	} else if (strcmp(how->text, "without") == 0) {
		names = &recipe->rules_without;
		others = &recipe->rules_with;
	} else {
		return location_error(diag, -EINVAL, &how->at,
				      "'%s' is neither with nor without",
				      how->text);
	}
	for (size_t i = 2; i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];

		if (!rules_have(word->text))
			return unknown_rule(word, diag);
		if (is_among(*others, word->text))
			return location_error(
				diag, -EINVAL, &word->at,
				"the rule %s is asked for and left out",
				word->text);
		if (!is_among(*names, word->text) &&
		    strv_append(names, word->text) < 0)
			return diag_oom(diag);
	}
	return 0;
}
