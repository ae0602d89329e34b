#include "mount/options.h"

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

/* --- What goes together --------------------------------------------------- */

struct usage {
	enum action action;
	const char *words; /* what must stand there */
	enum { NOTHING, IMAGE, NAME, DIRECTORY } object;
	bool second;	/* IMAGE DIRECTORY */
	bool arguments; /* "--" has a meaning */
};

static const struct usage usages[] = {
	{ ACTION_RUN, "IMAGE|NAME --run", IMAGE, false, true },
	{ ACTION_ASSEMBLE, "IMAGE DIRECTORY", IMAGE, true, false },
	{ ACTION_UMOUNT, "--umount DIRECTORY", DIRECTORY, false, false },
	{ ACTION_RESTORE, "NAME --restore", NAME, false, false },
	{ ACTION_STOP, "NAME --stop", NAME, false, false },
	{ ACTION_STATUS, "NAME --status", NAME, false, false },
	{ ACTION_DIFF, "NAME --diff [EVIDENCE]", NAME, false, false },
	{ ACTION_EXEC, "NAME --exec -- COMMAND", NAME, false, true },
	{ ACTION_SERVICE, "NAME --service SERVICE start|stop|restart", NAME,
	  true, false },
	{ ACTION_LIST, "--list", NOTHING, false, false },
	{ ACTION_LOGS, "NAME --logs", NAME, false, false },
	{ ACTION_DRILL, "NAME --drill", NAME, false, false },
	{ ACTION_EVIDENCE, "NAME --evidence", NAME, false, false },
	{ ACTION_IMAGES, "--images", NOTHING, false, false },
	{ ACTION_GC, "--gc [--keep N]", NOTHING, false, false },
	{ ACTION_BOOT, "--boot", NOTHING, false, false },
	{ ACTION_SHUTDOWN, "--shutdown", NOTHING, false, false },
	{ ACTION_UPDATE, "NAME --update [IMAGE]", NAME, false, false },
};

static const struct usage *find_usage(enum action action)
{
	for (size_t i = 0; i < ARRAY_SIZE(usages); i++)
		if (usages[i].action == action)
			return &usages[i];
	return NULL;
}

/* The commonest slip: the image's path instead of the jail's name. */
static bool looks_like_image(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') ||
	       (length > 5 && strcmp(word + length - 5, ".sqfs") == 0);
}

static int check_words(const struct options *options, const struct usage *usage,
		       struct diag *diag)
{
	bool command = options->arguments && options->arguments[0];
	bool may_be_second = usage->action == ACTION_DIFF;

	if ((usage->object != NOTHING) != !!options->object ||
	    (usage->second != !!options->directory && !may_be_second) ||
	    (usage->action == ACTION_EXEC && !command))
		return diag_set(diag, -EINVAL, "usage: jailmount %s",
				usage->words);
	if (options->arguments && !usage->arguments)
		return diag_set(diag, -EINVAL,
				"\"--\" means nothing here; usage: jailmount "
				"%s",
				usage->words);
	if (usage->object == NAME && looks_like_image(options->object)) {
		diag_set(diag, -EINVAL,
			 "%s is an image; the name of a jail is wanted",
			 options->object);
		diag_hint(diag, "jailmount --list tells which run");
		return -EINVAL;
	}
	return 0;
}

static bool replaces(enum action action)
{
	return action == ACTION_RESTORE || action == ACTION_UPDATE;
}

/* An image may come from a registry. */
static bool takes_image(enum action action)
{
	const struct usage *usage = find_usage(action);

	return action == ACTION_UPDATE || (usage && usage->object == IMAGE);
}

/* An option that was given and means nothing to the action, or NULL. */
static const char *find_unwanted(const struct options *options)
{
	if (options->all && options->action != ACTION_DIFF && !options->explain)
		return "--all";
	if (options->no_evidence && !replaces(options->action) &&
	    options->action != ACTION_STOP)
		return "--no-evidence";
	if (options->force && !replaces(options->action))
		return "--force";
	if (options->quarantine && options->action != ACTION_RESTORE)
		return "--quarantine";
	if (options->trial && options->action != ACTION_UPDATE)
		return "--trial";
	if (options->follow && options->action != ACTION_LOGS)
		return "--follow";
	if (options->lines && options->action != ACTION_LOGS)
		return "--lines";
	if (options->generation &&
	    (options->action != ACTION_DIFF || options->directory))
		return "--generation";
	if (options->sources && !options->explain)
		return "--source";
	if (options->output && !options->explain)
		return "--output";
	if (options->keep && options->action != ACTION_GC)
		return "--keep";
	if (!takes_image(options->action)) {
		if (options->auth_file)
			return "--authfile";
		if (options->ca_file)
			return "--ca";
		if (options->plain_http)
			return "--plain-http";
	}
	if (options->allow_unsigned && options->action != ACTION_RUN &&
	    options->action != ACTION_ASSEMBLE &&
	    options->action != ACTION_UPDATE)
		return "--unsigned";
	if (options->seal_limit && options->action != ACTION_RUN &&
	    options->action != ACTION_ASSEMBLE)
		return "--seal-limit";
	if (options->action == ACTION_RUN)
		return NULL;
	if (options->downgrade && options->action != ACTION_UPDATE)
		return "--downgrade";
	if (options->explain)
		return "--explain";
	if (options->detach)
		return "-d";
	if (options->interactive)
		return "-i";
	if (options->listens && options->action != ACTION_UPDATE)
		return "--listen";
	if (options->log_to)
		return "--log-to";
	if (options->addresses)
		return "--address";
	if (options->interface)
		return "--interface";
	if (options->gateways)
		return "--gateway";
	if (options->limits)
		return "--limit";
	if (options->volumes)
		return "--volume";
	if (options->name)
		return "--name";
	if (options->unshared)
		return "--unshared";
	return options->dry_run ? "--dry-run" : NULL;
}

static int check_usage(const struct options *options, struct diag *diag)
{
	const struct usage *usage = find_usage(options->action);
	const char *unwanted = find_unwanted(options);
	int r = check_words(options, usage, diag);

	if (r < 0)
		return r;
	if (unwanted)
		return diag_set(diag, -EINVAL, "%s does not go with %s",
				unwanted, usage->words);
	if (options->log_to && strcmp(options->log_to, "journal") != 0 &&
	    strcmp(options->log_to, "file") != 0)
		return diag_set(diag, -EINVAL,
				"--log-to %s: journal or file is wanted",
				options->log_to);
	if (options->detach && options->interactive)
		return diag_set(diag, -EINVAL, "-d and -i exclude each other");
	if (options->explain && (options->detach || options->dry_run))
		return diag_set(diag, -EINVAL,
				"--explain and %s exclude each "
				"other",
				options->detach ? "-d" : "--dry-run");
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
	r = check_usage(options, diag);
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
