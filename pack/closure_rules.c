/* Which rules an object or a file sets off, and who carries them out. */
#include "lib/path.h"
#include "pack/closure_internal.h"
#include "pack/format.h"

#include <errno.h>
#include <string.h>

static bool is_among(char *const *strings, const char *wanted)
{
	for (; strings && *strings; strings++) {
		if (strcmp(*strings, wanted) == 0)
			return true;
	}
	return false;
}

/* What `closure with` and `closure without` say. */
static bool is_wanted(const struct closure *closure, const struct rule *rule)
{
	const struct recipe *recipe = closure->recipe;

	for (size_t i = 0; i < recipe->rule_count; i++) {
		if (strcmp(recipe->rules[i].name, rule->name) == 0)
			return recipe->rules[i].wanted;
	}
	return rule->action != RULE_NOTED_ASKED;
}

bool closure_has_note_rule(const struct closure *closure, const char *priority)
{
	size_t count;
	const struct rule *table = rules(&count);

	for (size_t i = 0; i < count; i++) {
		if (table[i].trigger == RULE_NOTE &&
		    rule_names(table[i].when, priority))
			return is_wanted(closure, &table[i]);
	}
	return true;
}

/* --- Actions that are simple --- */

static int one_library(struct closure *closure, const struct closure_act *act,
		       const char *name, struct diag *diag)
{
	int r = closure_need_library(closure, act->item, act->elf, name,
				     act->reason, diag);

	if (r != -ENOENT)
		return r;
	if (act->rule->action == RULE_LIBRARY_IF)
		return 0;
	return closure_missing_library(closure, act->item, act->elf, name,
				       diag);
}

static int add_libraries(struct closure *closure, const struct closure_act *act,
			 struct diag *diag)
{
	const char *words = act->rule->adds, *word;
	size_t length;
	int r = 0;

	while (r == 0 && (word = rule_next_word(&words, &length))) {
		CLEANUP_FREE char *name = strndup(word, length);

		r = name ? one_library(closure, act, name, diag)
			 : diag_oom(diag);
	}
	return r;
}

static int add_files(struct closure *closure, const struct closure_act *act,
		     struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	size_t count;
	int r = closure_add_files(closure, act, act->rule->adds, &count, diag);

	if (r < 0 || count || act->rule->action != RULE_DATA)
		return r;
	path = node_path(act->item->node);
	if (!path)
		return diag_oom(diag);
	placer_warn(closure->placer,
		    "%s reads the %s, which is not there: add `fetch PACKAGE` "
		    "with the package that holds it",
		    path, act->rule->why);
	return 0;
}

/* --- What was set off --- */

/* Once for what does not depend on the object that asks. */
static int is_done(struct closure *closure, const struct closure_act *act,
		   bool *ret_done, struct diag *diag)
{
	bool elsewhere = strstr(act->rule->adds, "${lib}") != NULL;
	CLEANUP_FREE char *key = NULL;

	*ret_done = false;
	if (act->rule->trigger == RULE_FILE || act->rule->action == RULE_PAM ||
	    act->rule->action >= RULE_PYTHON ||
	    act->rule->action == RULE_LIBRARY ||
	    act->rule->action == RULE_LIBRARY_IF)
		return 0;
	/* With another origin ${lib} may be another directory. */
	key = format_text("%s: %s: %s", act->rule->name, act->rule->adds,
			  elsewhere ? act->item->origin : "");
	if (!key)
		return diag_oom(diag);
	*ret_done = is_among(closure->rules_done, key);
	if (!*ret_done && strv_append(&closure->rules_done, key) < 0)
		return diag_oom(diag);
	return 0;
}

static int do_act(struct closure *closure, const struct closure_act *act,
		  struct diag *diag)
{
	bool done;
	int r = is_done(closure, act, &done, diag);

	if (r < 0 || done)
		return r;
	switch (act->rule->action) {
	case RULE_LIBRARY:
	case RULE_LIBRARY_IF:
		return add_libraries(closure, act, diag);
	case RULE_FILES:
	case RULE_DATA:
		return add_files(closure, act, diag);
	case RULE_NAMES:
		return closure_take_names(closure, act, diag);
	case RULE_CHARSETS:
		return closure_charsets(closure, act, diag);
	case RULE_LOCALE:
		return closure_locale(closure, act, diag);
	case RULE_TIME_ZONE:
		return closure_time_zone(closure, act, diag);
	case RULE_TERMINAL:
		return closure_terminal(closure, act, diag);
	case RULE_PAM:
		return closure_pam(closure, act, diag);
	case RULE_OPENSSL:
		return closure_openssl(closure, act, diag);
	case RULE_PYTHON:
	case RULE_PERL:
	case RULE_PHP:
		return closure_take_language(closure, act, diag);
	case RULE_LINES:
		return closure_lines(closure, act, diag);
	case RULE_APACHE:
		return closure_apache(closure, act->item, diag);
	case RULE_NGINX:
		return closure_nginx(closure, act->item, diag);
	case RULE_NOTED:
	case RULE_NOTED_ASKED:
		return 0;
	}
	return 0;
}

static int object_rule(struct closure *closure, const struct rule *rule,
		       const struct closure_item *item, const struct elf *elf,
		       const char *path, struct diag *diag)
{
	const char *by = rule_meets_object(rule, elf, item->node->name);
	struct closure_act act = { .rule = rule, .item = item, .elf = elf };
	CLEANUP_FREE char *reason = NULL;

	if (!by || !is_wanted(closure, rule))
		return 0;
	reason = rule->trigger == RULE_IMPORTS
			 ? format_text("%s: %s imports %s", rule->why, path, by)
			 : format_text("%s, for %s", rule->why, path);
	if (!reason)
		return diag_oom(diag);
	act.reason = reason;
	return do_act(closure, &act, diag);
}

/* Symbols speak of glibc. */
int closure_object_rules(struct closure *closure,
			 const struct closure_item *item, const struct elf *elf,
			 struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(item->node);
	size_t count;
	const struct rule *table = rules(&count);
	int r = path ? 0 : diag_oom(diag);

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (table[i].trigger == RULE_OBJECT ||
		    (table[i].trigger == RULE_IMPORTS && !item->musl))
			r = object_rule(closure, &table[i], item, elf, path,
					diag);
	}
	return r;
}

int closure_file_rules(struct closure *closure, const struct closure_item *item,
		       bool late, struct diag *diag)
{
	CLEANUP_FREE char *path = node_path(item->node);
	size_t count;
	const struct rule *table = rules(&count);
	int r = path ? 0 : diag_oom(diag);

	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct closure_act act = { .rule = &table[i],
						 .item = item,
						 .reason = table[i].why };

		if (item->from_recipe &&
		    late == (table[i].action == RULE_LINES) &&
		    rule_meets_file(&table[i], path) &&
		    is_wanted(closure, &table[i]))
			r = do_act(closure, &act, diag);
	}
	return r;
}
