#include "pack/options.h"

#include "lib/number.h"
#include "lib/suggest.h"
#include "pack/options_table.h"

#include <errno.h>
#include <string.h>

void options_done(struct options *options)
{
	/* The strings are the argument vector's. */
	free(options->words);
	free(options->command);
	free(options->definitions);
	*options = OPTIONS_INIT;
}

/* The arguments that are being read. */
struct cursor {
	char **argv;
	int argc, next;
	bool action_set;
	bool given[OPTION_RULES_MAX]; /* rule n was */
};

static const struct option_rule *find_name(const char *name, size_t length)
{
	size_t count;
	const struct option_rule *rules = option_rules(&count);

	for (size_t i = 0; i < count; i++) {
		if (strlen(rules[i].name) == length &&
		    memcmp(rules[i].name, name, length) == 0)
			return &rules[i];
	}
	return NULL;
}

static const struct option_rule *find_letter(char letter)
{
	size_t count;
	const struct option_rule *rules = option_rules(&count);

	for (size_t i = 0; i < count; i++) {
		if (rules[i].letter && rules[i].letter == letter)
			return &rules[i];
	}
	return NULL;
}

static int add_string(char ***list, char *value, struct diag *diag)
{
	size_t count = strv_length(*list);
	char **grown = reallocarray(*list, count + 2, sizeof(*grown));

	if (!grown)
		return diag_oom(diag);
	grown[count] = value;
	grown[count + 1] = NULL;
	*list = grown;
	return 0;
}

/* Digits, and K, M or G for powers of 1024. */
static int set_number(const struct option_rule *rule, const char *value,
		      uint64_t *field, struct diag *diag)
{
	CLEANUP_FREE char *digits = strdup(value);
	uint64_t unit = 1, number;
	size_t length;

	if (!digits)
		return diag_oom(diag);
	length = strlen(digits);
	if (length > 1 && strchr("kKmMgG", digits[length - 1])) {
		unit = strchr("kK", digits[length - 1])	  ? 1 << 10
		       : strchr("mM", digits[length - 1]) ? 1 << 20
							  : 1 << 30;
		digits[length - 1] = '\0';
	}
	if (number_parse(digits, 10, rule->max / unit, &number) < 0 ||
	    number * unit < rule->min)
		return diag_set(diag, -EINVAL,
				"--%s: %s is not a number from %ju to %ju",
				rule->name, value, (uintmax_t)rule->min,
				(uintmax_t)rule->max);
	*field = number * unit;
	return 0;
}

static int set_action(struct options *options, struct cursor *cursor,
		      const struct option_rule *rule, struct diag *diag)
{
	/* Help and version are given whatever else was asked for. */
	if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
		return 0;
	if (cursor->action_set && options->action != rule->action &&
	    rule->action != ACTION_HELP && rule->action != ACTION_VERSION)
		return diag_set(diag, -EINVAL,
				"--%s: something else was asked for before",
				rule->name);
	cursor->action_set = true;
	options->action = rule->action;
	return 0;
}

static int apply(struct options *options, struct cursor *cursor,
		 const struct option_rule *rule, char *value, struct diag *diag)
{
	void *field = (char *)options + rule->field;
	size_t count;

	cursor->given[rule - option_rules(&count)] = true;
	switch (rule->kind) {
	case SETS_ACTION:
		return set_action(options, cursor, rule, diag);
	case SETS_FLAG:
		*(bool *)field = true;
		return 0;
	case SETS_STRING:
		*(const char **)field = value;
		return 0;
	case ADDS_STRING:
		return add_string(field, value, diag);
	case SETS_NUMBER:
		return set_number(rule, value, field, diag);
	}
	return 0;
}

static bool takes_value(const struct option_rule *rule)
{
	return rule->kind != SETS_ACTION && rule->kind != SETS_FLAG;
}

static int unknown_option(const char *word, struct diag *diag)
{
	CLEANUP_FREE char *name = strndup(word, strcspn(word, "="));
	size_t count;
	const struct option_rule *rules = option_rules(&count);
	struct suggestion suggestion;

	if (!name)
		return diag_oom(diag);
	(void)diag_set(diag, -EINVAL, "unknown option --%s", name);
	suggestion = suggest_begin(name);
	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggestion, rules[i].name);
	if (suggestion.best)
		diag_hint(diag, "did you mean --%s?", suggestion.best);
	else
		diag_hint(diag, "jailpack --help lists what there is");
	return -EINVAL;
}

/* The value behind "=" or in the next argument. */
static int get_value(const struct option_rule *rule, struct cursor *cursor,
		     char *attached, char **ret_value, struct diag *diag)
{
	*ret_value = attached;
	if (takes_value(rule) && !attached) {
		if (cursor->next >= cursor->argc)
			return diag_set(diag, -EINVAL, "--%s needs a value",
					rule->name);
		*ret_value = cursor->argv[cursor->next++];
	}
	if (!takes_value(rule) && attached)
		return diag_set(diag, -EINVAL, "--%s takes no value",
				rule->name);
	return 0;
}

/* "--name", "--name=value", "--name value" */
static int parse_long(struct options *options, struct cursor *cursor,
		      char *word, struct diag *diag)
{
	size_t length = strcspn(word, "=");
	const struct option_rule *rule = find_name(word, length);
	char *value;
	int r;

	if (!rule)
		return unknown_option(word, diag);
	r = get_value(rule, cursor, word[length] ? word + length + 1 : NULL,
		      &value, diag);
	return r < 0 ? r : apply(options, cursor, rule, value, diag);
}

/* "-n", "-j2", "-j 2", "-nj2" */
static int parse_letters(struct options *options, struct cursor *cursor,
			 char *letters, struct diag *diag)
{
	while (*letters) {
		const struct option_rule *rule = find_letter(*letters);
		char *value;
		int r;

		if (!rule) {
			(void)diag_set(diag, -EINVAL, "unknown option -%c",
				       *letters);
			diag_hint(diag, "jailpack --help lists what there is");
			return -EINVAL;
		}
		letters++;
		r = get_value(rule, cursor,
			      takes_value(rule) && *letters ? letters : NULL,
			      &value, diag);
		if (r == 0)
			r = apply(options, cursor, rule, value, diag);
		if (r < 0)
			return r;
		if (takes_value(rule))
			return 0;
	}
	return 0;
}

/* The first action that a rule means something to. */
static const char *belongs_to(const struct option_rule *rule)
{
	size_t count;
	const struct option_rule *rules = option_rules(&count);

	if (rule->with & 1U << ACTION_PACK)
		return "packing";
	for (size_t i = 0; i < count; i++) {
		if (rules[i].kind == SETS_ACTION &&
		    (rule->with & 1U << rules[i].action))
			return rules[i].name;
	}
	return "nothing";
}

static int check_rules(const struct options *options,
		       const struct cursor *cursor, struct diag *diag)
{
	size_t count;
	const struct option_rule *rules = option_rules(&count);

	for (size_t i = 0; i < count; i++) {
		if (!cursor->given[i] || rules[i].with & 1U << options->action)
			continue;
		return diag_set(diag, -EINVAL,
				"--%s means nothing here: it belongs to %s%s",
				rules[i].name,
				rules[i].with & 1U << ACTION_PACK ? "" : "--",
				belongs_to(&rules[i]));
	}
	return 0;
}

/* A key without its certificate, and so on. */
static int check_signing(const struct options *options, struct diag *diag)
{
	const char *missing = NULL;

	if (options->action == ACTION_ATTACH) {
		if (options->certificate && options->trust)
			return diag_set(diag, -EINVAL,
					"--cert and --trust exclude each "
					"other");
		return 0;
	}
	if (options->action == ACTION_SIGN || options->key ||
	    options->certificate || options->passphrase_file)
		missing = !options->key		  ? "--key"
			  : !options->certificate ? "--cert"
						  : NULL;
	if (!missing)
		return 0;
	(void)diag_set(diag, -EINVAL, "%s is missing", missing);
	diag_hint(diag, "who signs needs both: --key KEY --cert CERTIFICATE");
	return -EINVAL;
}

/* That the options and the words belong to what was asked for. */
static int check(const struct options *options, const struct cursor *cursor,
		 struct diag *diag)
{
	const struct option_words *words = option_words(options->action);
	int r;

	if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
		return 0;
	r = check_rules(options, cursor, diag);
	if (r == 0)
		r = check_signing(options, diag);
	if (r < 0)
		return r;
	if (options->word_count < words->least) {
		(void)diag_set(diag, -EINVAL, "%s is missing", words->what);
		diag_hint(diag, "jailpack --help tells how it is used");
		return -EINVAL;
	}
	if (options->word_count > words->most)
		return diag_set(diag, -EINVAL,
				"%s is one too many: it takes %s",
				options->words[words->most], words->what);
	if (options->action == ACTION_REPORT && !options->output) {
		(void)diag_set(diag, -EINVAL,
			       "--report needs -o: where the page goes");
		diag_hint(diag, "-o FILE.html, or -o - for standard output");
		return -EINVAL;
	}
	return 0;
}

int options_parse(int argc, char **argv, struct options *options,
		  struct diag *diag)
{
	struct cursor cursor = { .argv = argv, .argc = argc, .next = 1 };
	bool only_words = false;
	int r = 0;

	while (r == 0 && cursor.next < argc) {
		char *word = argv[cursor.next++];

		if (!only_words && strcmp(word, "--") == 0)
			only_words = true;
		else if (!only_words && strncmp(word, "--", 2) == 0)
			r = parse_long(options, &cursor, word + 2, diag);
		else if (!only_words && word[0] == '-' && word[1])
			r = parse_letters(options, &cursor, word + 1, diag);
		else
			r = add_string(only_words && options->action ==
							       ACTION_TRACE
					       ? &options->command
					       : &options->words,
				       word, diag);
	}
	options->word_count = strv_length(options->words);
	return r < 0 ? r : check(options, &cursor, diag);
}
