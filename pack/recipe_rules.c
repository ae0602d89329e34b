/* Which rules of the closure are to be gone by. */
#include "lib/suggest.h"
#include "pack/format.h"
#include "pack/recipe_reader.h"
#include "pack/rules.h"

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

static struct recipe_rule *find_rule(struct recipe *recipe, const char *name)
{
	for (size_t i = 0; i < recipe->rule_count; i++) {
		if (strcmp(recipe->rules[i].name, name) == 0)
			return &recipe->rules[i];
	}
	return NULL;
}

static int add_rule(struct recipe *recipe, const struct lex_word *word,
		    bool wanted, struct diag *diag)
{
	struct recipe_rule rule = { strdup(word->text), wanted, word->at };

	if (!rule.name ||
	    array_grow(&recipe->rules, recipe->rule_count, sizeof(rule)) < 0) {
		free(rule.name);
		return diag_oom(diag);
	}
	recipe->rules[recipe->rule_count++] = rule;
	return 0;
}

/* Said again: the nearer one counts, and to say the same twice is no
 * mistake. */
static int say_again(struct reader *reader, struct recipe_rule *rule,
		     const struct lex_word *word, bool wanted,
		     struct diag *diag)
{
	CLEANUP_FREE char *what = format_text("the rule %s", word->text);
	CLEANUP_DIAG struct diag same = DIAG_INIT;
	bool agrees = rule->wanted == wanted;
	int take;

	if (!what)
		return diag_oom(diag);
	take = reader_precedence(reader, &rule->at, &word->at, what,
				 agrees ? &same : diag);
	if (take > 0)
		rule->wanted = wanted;
	return take < 0 && !agrees ? take : 0;
}

HANDLER(handle_closure)
{
	struct recipe *recipe = reader->recipe;
	const struct lex_word *how = &statement->words[1];
	bool wanted = strcmp(how->text, "with") == 0;
	int r = 0;

	if (!wanted && strcmp(how->text, "without") != 0)
		return location_error(diag, -EINVAL, &how->at,
				      "'%s' is neither with nor without",
				      how->text);
	for (size_t i = 2; r == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		struct recipe_rule *rule = find_rule(recipe, word->text);

		if (!rules_have(word->text))
			return unknown_rule(word, diag);
		r = rule ? say_again(reader, rule, word, wanted, diag)
			 : add_rule(recipe, word, wanted, diag);
	}
	return r;
}
