#include "mount/options.h"

#include "mount/options_usage.h"

#include <errno.h>
#include <string.h>

enum argument { WITHOUT_ARGUMENT, WITH_ARGUMENT, MAYBE_ARGUMENT };

/* What an option does to the struct: one of the fields is set. */
struct option_rule {
	const char *name;
	char letter; /* 0: none */
	enum argument argument;
	enum action action; /* ACTION_NONE: it sets a field */
	size_t flag;	    /* offset of a bool, of a string, or of a list */
	enum { SETS_FLAG, SETS_STRING, ADDS_STRING } kind;
};

#define ACTION_OPTION(name, letter, action)                                    \
	{                                                                      \
		name, letter, WITHOUT_ARGUMENT, action, 0, SETS_FLAG           \
	}
#define FLAG_OPTION(name, letter, field)                                       \
	{                                                                      \
		name, letter, WITHOUT_ARGUMENT, ACTION_NONE,                   \
			offsetof(struct options, field), SETS_FLAG             \
	}
/* What to do, and with what. */
#define ACTION_STRING_OPTION(name, action, field)                              \
	{                                                                      \
		name, 0, WITH_ARGUMENT, action,                                \
			offsetof(struct options, field), SETS_STRING           \
	}
#define STRING_OPTION(name, field, kind)                                       \
	{                                                                      \
		name, 0, WITH_ARGUMENT, ACTION_NONE,                           \
			offsetof(struct options, field), kind                  \
	}

static const struct option_rule rules[] = {
	ACTION_OPTION("help", 'h', ACTION_HELP),
	ACTION_OPTION("version", 'V', ACTION_VERSION),
	ACTION_OPTION("run", 0, ACTION_RUN),
	ACTION_OPTION("umount", 0, ACTION_UMOUNT),
	ACTION_OPTION("restore", 0, ACTION_RESTORE),
	ACTION_OPTION("stop", 0, ACTION_STOP),
	ACTION_OPTION("status", 0, ACTION_STATUS),
	ACTION_OPTION("diff", 0, ACTION_DIFF),
	ACTION_OPTION("exec", 0, ACTION_EXEC),
	ACTION_STRING_OPTION("service", ACTION_SERVICE, service),
	ACTION_OPTION("list", 0, ACTION_LIST),
	ACTION_OPTION("logs", 0, ACTION_LOGS),
	ACTION_OPTION("drill", 0, ACTION_DRILL),
	ACTION_OPTION("evidence", 0, ACTION_EVIDENCE),
	ACTION_OPTION("images", 0, ACTION_IMAGES),
	ACTION_OPTION("gc", 0, ACTION_GC),
	STRING_OPTION("keep", keep, SETS_STRING),
	STRING_OPTION("authfile", auth_file, SETS_STRING),
	STRING_OPTION("ca", ca_file, SETS_STRING),
	FLAG_OPTION("plain-http", 0, plain_http),
	ACTION_OPTION("boot", 0, ACTION_BOOT),
	ACTION_OPTION("shutdown", 0, ACTION_SHUTDOWN),
	{ "update", 0, MAYBE_ARGUMENT, ACTION_UPDATE,
	  offsetof(struct options, update), SETS_STRING },
	STRING_OPTION("trial", trial, SETS_STRING),
	FLAG_OPTION("force", 0, force),
	STRING_OPTION("quarantine", quarantine, SETS_STRING),
	FLAG_OPTION("follow", 'f', follow),
	STRING_OPTION("lines", lines, SETS_STRING),
	STRING_OPTION("generation", generation, SETS_STRING),
	FLAG_OPTION("detach", 'd', detach),
	FLAG_OPTION("interactive", 'i', interactive),
	FLAG_OPTION("dry-run", 'n', dry_run),
	FLAG_OPTION("unshared", 0, unshared),
	FLAG_OPTION("json", 0, json),
	FLAG_OPTION("all", 0, all),
	FLAG_OPTION("no-evidence", 0, no_evidence),
	FLAG_OPTION("unsigned", 0, allow_unsigned),
	FLAG_OPTION("downgrade", 0, downgrade),
	STRING_OPTION("seal-limit", seal_limit, SETS_STRING),
	STRING_OPTION("verity", verity, SETS_STRING),
	STRING_OPTION("name", name, SETS_STRING),
	STRING_OPTION("listen", listens, ADDS_STRING),
	STRING_OPTION("log-to", log_to, SETS_STRING),
	STRING_OPTION("address", addresses, ADDS_STRING),
	STRING_OPTION("interface", interface, SETS_STRING),
	STRING_OPTION("gateway", gateways, ADDS_STRING),
	STRING_OPTION("limit", limits, ADDS_STRING),
	STRING_OPTION("volume", volumes, ADDS_STRING),
	FLAG_OPTION("explain", 0, explain),
	STRING_OPTION("source", sources, ADDS_STRING),
	STRING_OPTION("output", output, SETS_STRING),
};

void options_done(struct options *options)
{
	free(options->listens); /* the strings are the argument vector's */
	free(options->addresses);
	free(options->gateways);
	free(options->limits);
	free(options->volumes);
	free(options->sources);
	*options = OPTIONS_INIT;
}

/* The arguments that are being read. */
struct cursor {
	char *const *argv;
	int argc;
	int next;
};

static const struct option_rule *find_name(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (strlen(rules[i].name) == length &&
		    memcmp(rules[i].name, name, length) == 0)
			return &rules[i];
	return NULL;
}

static const struct option_rule *find_letter(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].letter && rules[i].letter == letter)
			return &rules[i];
	return NULL;
}

static int set_action(struct options *options, const struct option_rule *rule,
		      struct diag *diag)
{
	/* "--stop --evidence": to be taken, and not to be listed. */
	if ((options->action == ACTION_STOP &&
	     rule->action == ACTION_EVIDENCE) ||
	    (options->action == ACTION_EVIDENCE &&
	     rule->action == ACTION_STOP)) {
		options->action = ACTION_STOP;
		options->evidence = true;
		return 0;
	}
	if (options->action != ACTION_NONE && options->action != rule->action)
		return diag_set(diag, -EINVAL,
				"--%s: another thing to do was asked for "
				"before",
				rule->name);
	options->action = rule->action;
	return 0;
}

static int add_string(char ***list, char *value)
{
	size_t count = strv_length(*list);
	char **grown = reallocarray(*list, count + 2, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	grown[count] = value;
	grown[count + 1] = NULL;
	*list = grown;
	return 0;
}

static int apply(struct options *options, const struct option_rule *rule,
		 char *value, struct diag *diag)
{
	void *field = (char *)options + rule->flag;

	if (rule->action != ACTION_NONE) {
		int r = set_action(options, rule, diag);

		if (r < 0 || rule->argument == WITHOUT_ARGUMENT)
			return r;
	}
	switch (rule->kind) {
	case SETS_FLAG:
		*(bool *)field = true;
		return 0;
	case SETS_STRING:
		*(const char **)field = value;
		return 0;
	case ADDS_STRING:
		return add_string(field, value) < 0 ? diag_oom(diag) : 0;
	}
	return 0;
}

/* The longest beginning that both have. */
static size_t common_length(const char *a, const char *b, size_t length)
{
	size_t common = 0;

	while (common < length && a[common] && a[common] == b[common])
		common++;
	return common;
}

static int unknown_option(const char *word, size_t length, struct diag *diag)
{
	const char *likely = NULL;
	size_t best = 1;

	diag_set(diag, -EINVAL, "unknown option --%.*s", (int)length, word);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		size_t common = common_length(rules[i].name, word, length);

		if (common > best) {
			best = common;
			likely = rules[i].name;
		}
	}
	if (likely)
		diag_hint(diag, "did you mean --%s?", likely);
	else
		diag_hint(diag, "jailmount --help lists what there is");
	return -EINVAL;
}

/* "--name", "--name=value", "--name value". */
static int parse_long(struct options *options, struct cursor *cursor,
		      char *word, struct diag *diag)
{
	size_t length = strcspn(word, "=");
	char *value = word[length] ? word + length + 1 : NULL;
	const struct option_rule *rule = find_name(word, length);

	if (!rule)
		return unknown_option(word, length, diag);
	if (rule->argument == WITHOUT_ARGUMENT && value)
		return diag_set(diag, -EINVAL, "--%s takes no value",
				rule->name);
	if (rule->argument == WITH_ARGUMENT && !value) {
		if (cursor->next >= cursor->argc)
			return diag_set(diag, -EINVAL, "--%s needs a value",
					rule->name);
		value = cursor->argv[cursor->next++];
	}
	if (rule->argument == MAYBE_ARGUMENT && !value) {
		char *next = cursor->argv[cursor->next]; /* NULL at the end */

		value = next && *next != '-' ? next : word + length;
		cursor->next += value == next;
	}
	return apply(options, rule, value, diag);
}

/* "-di" */
static int parse_letters(struct options *options, const char *letters,
			 struct diag *diag)
{
	for (; *letters; letters++) {
		const struct option_rule *rule = find_letter(*letters);
		int r;

		if (!rule) {
			diag_set(diag, -EINVAL, "unknown option -%c", *letters);
			diag_hint(diag, "jailmount --help lists what there is");
			return -EINVAL;
		}
		r = apply(options, rule, NULL, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

static int parse_word(struct options *options, const char *word,
		      struct diag *diag)
{
	if (!options->object)
		options->object = word;
	else if (!options->directory)
		options->directory = word;
	else
		return diag_set(diag, -EINVAL, "unexpected argument %s", word);
	return 0;
}

static int parse_all(struct options *options, struct cursor *cursor,
		     struct diag *diag)
{
	while (cursor->next < cursor->argc) {
		char *word = cursor->argv[cursor->next++];
		int r;

		if (strcmp(word, "--") == 0) {
			options->arguments = cursor->argv + cursor->next;
			return 0;
		}
		if (strncmp(word, "--", 2) == 0)
			r = parse_long(options, cursor, word + 2, diag);
		else if (word[0] == '-' && word[1])
			r = parse_letters(options, word + 1, diag);
		else
			r = parse_word(options, word, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

int options_parse(int argc, char *const *argv, struct options *options,
		  struct diag *diag)
{
	struct cursor cursor = { .argv = argv, .argc = argc, .next = 1 };
	int r;

	*options = OPTIONS_INIT;
	r = parse_all(options, &cursor, diag);
	if (r < 0)
		return r;
	if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
		return 0;
	if (options->action == ACTION_NONE && options->quarantine)
		options->action = ACTION_RESTORE;
	if (options->action == ACTION_NONE && options->object &&
	    options->directory)
		options->action = ACTION_ASSEMBLE;
	if (options->action == ACTION_NONE) {
		diag_set(diag, -EINVAL, "nothing to do was asked for");
		diag_hint(diag, "jailmount --help lists what there is");
		return -EINVAL;
	}
	r = options_check(options, diag);
	if (r == 0 && options->action == ACTION_SERVICE) {
		options->order = options->directory;
		options->directory = NULL;
	}
	if (r == 0 && options->action == ACTION_UMOUNT) {
		options->directory = options->object;
		options->object = NULL;
	}
	return r;
}
