/* Which interpreters are in the jail, and that each gets its modules. */
#include "pack/closure_internal.h"
#include "pack/closure_walk.h"

#include <errno.h>
#include <string.h>

enum { LANGUAGES_MAX = 8 };

struct language {
	struct closure_act act;
	char *reason;
	struct closure_walk walk;
	bool begun;
};

struct closure_languages {
	struct language languages[LANGUAGES_MAX];
	size_t count;
};

void closure_languages_free(struct closure_languages *languages)
{
	for (size_t i = 0; languages && i < languages->count; i++) {
		free(languages->languages[i].reason);
		closure_walk_done(&languages->languages[i].walk);
	}
	free(languages);
}

/* Each object that is an interpreter has a walk of its own: two versions of
 * a language have two libraries. */
int closure_take_language(struct closure *closure,
			  const struct closure_act *act, struct diag *diag)
{
	struct closure_languages *languages = closure->languages;
	struct language *language;

	if (!languages)
		languages = closure->languages = calloc(1, sizeof(*languages));
	if (!languages)
		return diag_oom(diag);
	for (size_t i = 0; i < languages->count; i++) {
		if (languages->languages[i].act.item->node == act->item->node)
			return 0;
	}
	if (languages->count == LANGUAGES_MAX)
		return diag_set(diag, -EINVAL,
				"more than %d interpreters of scripts",
				LANGUAGES_MAX);
	language = &languages->languages[languages->count];
	language->reason = strdup(act->reason);
	if (!language->reason)
		return diag_oom(diag);
	language->act = *act;
	language->act.elf = NULL;
	language->act.reason = language->reason;
	language->walk.closure = closure;
	language->walk.act = &language->act;
	languages->count++;
	return 0;
}

static int one_language(struct language *language, struct diag *diag)
{
	bool begin = !language->begun;

	language->begun = true;
	switch (language->act.rule->action) {
	case RULE_PYTHON:
		return closure_python(&language->walk, begin, diag);
	case RULE_PERL:
		return closure_perl(&language->walk, begin, diag);
	default:
		return closure_php(&language->walk, begin, diag);
	}
}

int closure_languages(struct closure *closure, struct diag *diag)
{
	struct closure_languages *languages = closure->languages;
	int r = 0;

	for (size_t i = 0; r == 0 && languages && i < languages->count; i++)
		r = one_language(&languages->languages[i], diag);
	return r;
}
