#include "pack/options.h"

#include "lib/number.h"
#include "pack/suggest.h"

#include <errno.h>
#include <string.h>

enum {
	THREADS_MAX = 1024,
	LEVEL_MAX = 100,
	BLOCK_SIZE_MAX = 1 << 20,
	SCORE_MAX = 1 << 20
};

#define WITH(action) (1U << (action))
#define PACKING WITH(ACTION_PACK)
#define CHECKING WITH(ACTION_CHECK)
#define GATHERING (PACKING | CHECKING)
#define ASKING                                                                 \
	(WITH(ACTION_LIST) | WITH(ACTION_INSPECT) | WITH(ACTION_WHY) |         \
	 WITH(ACTION_VERIFY) | WITH(ACTION_SBOM))

/* What an option does to the struct. */
enum rule_kind {
	SETS_ACTION,
	SETS_FLAG,
	SETS_STRING,
	ADDS_STRING,
	SETS_NUMBER
};

struct option_rule {
	const char *name;
	char letter; /* 0: none */
	enum rule_kind kind;
	enum action action; /* that it sets */
	size_t field;	    /* offset of what it sets else */
	uint64_t min, max;  /* of a number */
	unsigned int with;  /* the actions that it means something to */
};

#define ACTION_RULE(name, letter, action)                                      \
	{                                                                      \
		name, letter, SETS_ACTION, action, 0, 0, 0, ~0U                \
	}
#define RULE(name, letter, kind, field, with)                                  \
	{                                                                      \
		name, letter, kind, ACTION_PACK,                               \
			offsetof(struct options, field), 0, 0, with            \
	}
#define NUMBER_RULE(name, letter, field, min, max, with)                       \
	{                                                                      \
		name, letter, SETS_NUMBER, ACTION_PACK,                        \
			offsetof(struct options, field), min, max, with        \
	}

static const struct option_rule rules[] = {
	ACTION_RULE("list", 0, ACTION_LIST),
	ACTION_RULE("inspect", 0, ACTION_INSPECT),
	ACTION_RULE("why", 0, ACTION_WHY),
	ACTION_RULE("verify", 0, ACTION_VERIFY),
	ACTION_RULE("cat", 0, ACTION_CAT),
	ACTION_RULE("check", 0, ACTION_CHECK),
	ACTION_RULE("sbom", 0, ACTION_SBOM),
	ACTION_RULE("help", 'h', ACTION_HELP),
	ACTION_RULE("version", 'V', ACTION_VERSION),
	RULE("output", 'o', SETS_STRING, output, PACKING),
	RULE("define", 'D', ADDS_STRING, definitions, GATHERING),
	RULE("source", 'C', SETS_STRING, source, GATHERING),
	RULE("cache", 0, SETS_STRING, cache, GATHERING),
	RULE("refresh", 0, SETS_FLAG, refresh, GATHERING),
	RULE("compressor", 0, SETS_STRING, compressor, PACKING),
	NUMBER_RULE("level", 0, level, 0, LEVEL_MAX, PACKING),
	NUMBER_RULE("block-size", 0, block_size, 1, BLOCK_SIZE_MAX, PACKING),
	NUMBER_RULE("jobs", 'j', threads, 1, THREADS_MAX, PACKING),
	NUMBER_RULE("fail-above", 0, fail_above, 0, SCORE_MAX, CHECKING),
	RULE("dry-run", 'n', SETS_FLAG, dry_run, PACKING),
	RULE("force", 0, SETS_FLAG, force, PACKING),
	RULE("json", 0, SETS_FLAG, json, GATHERING | ASKING),
};

/* How many words an action takes. */
static const struct {
	size_t least, most;
	const char *what;
} words_of[] = {
	[ACTION_PACK] = { 1, SIZE_MAX, "a recipe" },
	[ACTION_LIST] = { 1, 1, "an image" },
	[ACTION_INSPECT] = { 1, 1, "an image" },
	[ACTION_WHY] = { 2, 2, "an image and a path in it" },
	[ACTION_VERIFY] = { 1, 1, "an image" },
	[ACTION_CAT] = { 2, 2, "an image and a path in it" },
	[ACTION_CHECK] = { 1, 1, "a recipe or an image" },
	[ACTION_SBOM] = { 1, 1, "an image" },
	[ACTION_HELP] = { 0, SIZE_MAX, "" },
	[ACTION_VERSION] = { 0, SIZE_MAX, "" },
};

const char *options_help(void)
{
	return "usage: jailpack [OPTION...] RECIPE...\n"
	       "       jailpack --list|--inspect|--verify [--json] IMAGE\n"
	       "       jailpack --why [--json] IMAGE PATH\n"
	       "       jailpack --cat IMAGE PATH\n"
	       "       jailpack --check [--fail-above N] [--json] "
	       "RECIPE|IMAGE\n"
	       "       jailpack --sbom IMAGE\n"
	       "\n"
	       "Packs the service that a recipe describes into NAME.sqfs.\n"
	       "\n"
	       "  -o, --output FILE|DIRECTORY\n"
	       "                          where the image goes; here by "
	       "default\n"
	       "  -D, --define NAME=VALUE set a variable of the recipe\n"
	       "  -C, --source DIRECTORY  take the host's files, and relative "
	       "source trees,\n"
	       "                          from here\n"
	       "      --cache DIRECTORY   where packages are kept\n"
	       "      --refresh           fetch the lists of packages anew\n"
	       "      --compressor NAME   zstd, xz, gzip or lz4\n"
	       "      --level N           of the compressor\n"
	       "      --block-size SIZE   of the file system; 128K by default\n"
	       "  -j, --jobs N            threads; one for each processor by "
	       "default\n"
	       "  -n, --dry-run           print what would be packed, and why, "
	       "and stop\n"
	       "      --force             pack even if something needed is "
	       "missing\n"
	       "\n"
	       "      --list              the files in an image\n"
	       "      --inspect           its sections, contract and packages\n"
	       "      --why               why a file is in it\n"
	       "      --verify            that every byte of it is what was "
	       "packed\n"
	       "      --cat               the content of a file in it\n"
	       "      --check             what is dangerous in an image or "
	       "a recipe\n"
	       "      --fail-above N      fail if the score of the check is "
	       "above N\n"
	       "      --sbom              what it consists of, as CycloneDX\n"
	       "\n"
	       "      --json              machine-readable\n"
	       "  -h, --help\n"
	       "  -V, --version\n"
	       "\n"
	       "See jailpack(1) and jail-recipe(5).\n";
}

void options_done(struct options *options)
{
	/* The strings are the argument vector's. */
	free(options->words);
	free(options->definitions);
	*options = OPTIONS_INIT;
}

/* The arguments that are being read. */
struct cursor {
	char **argv;
	int argc, next;
	bool action_set;
	unsigned int given; /* bit n: rule n was */
};

static const struct option_rule *find_name(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (strlen(rules[i].name) == length &&
		    memcmp(rules[i].name, name, length) == 0)
			return &rules[i];
	}
	return NULL;
}

static const struct option_rule *find_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
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

/* Digits, and K or M for powers of 1024. */
static int set_number(const struct option_rule *rule, const char *value,
		      uint64_t *field, struct diag *diag)
{
	CLEANUP_FREE char *digits = strdup(value);
	uint64_t unit = 1, number;
	size_t length;

	if (!digits)
		return diag_oom(diag);
	length = strlen(digits);
	if (length > 1 && strchr("kKmM", digits[length - 1])) {
		unit = strchr("kK", digits[length - 1]) ? 1 << 10 : 1 << 20;
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

	cursor->given |= 1U << (rule - rules);
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
	struct suggestion suggestion;

	if (!name)
		return diag_oom(diag);
	(void)diag_set(diag, -EINVAL, "unknown option --%s", name);
	suggestion = suggest_begin(name);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
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

/* That the options and the words belong to what was asked for. */
static int check(const struct options *options, const struct cursor *cursor,
		 struct diag *diag)
{
	const char *what = words_of[options->action].what;

	if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if ((cursor->given & 1U << i) &&
		    !(rules[i].with & WITH(options->action)))
			return diag_set(diag, -EINVAL,
					"--%s means nothing here: it belongs "
					"to %s",
					rules[i].name,
					rules[i].with & PACKING ? "packing"
					: rules[i].with & CHECKING
						? "--check"
						: "questions");
	}
	if (options->word_count < words_of[options->action].least) {
		(void)diag_set(diag, -EINVAL, "%s is missing", what);
		diag_hint(diag, "jailpack --help tells how it is used");
		return -EINVAL;
	}
	if (options->word_count > words_of[options->action].most)
		return diag_set(diag, -EINVAL,
				"%s is one too many: "
				"it takes %s",
				options->words[words_of[options->action].most],
				what);
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
			r = add_string(&options->words, word, diag);
	}
	options->word_count = strv_length(options->words);
	return r < 0 ? r : check(options, &cursor, diag);
}
