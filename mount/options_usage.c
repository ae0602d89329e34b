/* What goes together on the command line. */
#include "mount/options_usage.h"

#include <errno.h>
#include <string.h>

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

/* --- Options and what they are about -------------------------------------- */

#define OF(action) (1U << (action))
#define OF_IMAGES (OF(ACTION_RUN) | OF(ACTION_ASSEMBLE))
#define OF_REPLACING (OF(ACTION_RESTORE) | OF(ACTION_UPDATE))

/* To which actions an option means something. */
struct meaning {
	const char *option;
	size_t field;
	enum { FLAG, POINTER } kind; /* a bool, or a string or list */
	unsigned int actions;
	bool explained; /* of --run only with --explain */
};

#define MEANS(option, field, kind, actions)                                    \
	{                                                                      \
		option, offsetof(struct options, field), kind, actions, false  \
	}
#define EXPLAINED(option, field, kind, actions)                                \
	{                                                                      \
		option, offsetof(struct options, field), kind, actions, true   \
	}

static const struct meaning meanings[] = {
	EXPLAINED("--all", all, FLAG, OF(ACTION_DIFF) | OF(ACTION_RUN)),
	EXPLAINED("--source", sources, POINTER, OF(ACTION_RUN)),
	EXPLAINED("--output", output, POINTER, OF(ACTION_RUN)),
	MEANS("--no-evidence", no_evidence, FLAG,
	      OF_REPLACING | OF(ACTION_STOP)),
	MEANS("--force", force, FLAG, OF_REPLACING),
	MEANS("--quarantine", quarantine, POINTER, OF(ACTION_RESTORE)),
	MEANS("--trial", trial, POINTER, OF(ACTION_UPDATE)),
	MEANS("--follow", follow, FLAG, OF(ACTION_LOGS)),
	MEANS("--lines", lines, POINTER, OF(ACTION_LOGS)),
	MEANS("--generation", generation, POINTER, OF(ACTION_DIFF)),
	MEANS("--keep", keep, POINTER, OF(ACTION_GC)),
	MEANS("--authfile", auth_file, POINTER, OF_IMAGES | OF(ACTION_UPDATE)),
	MEANS("--ca", ca_file, POINTER, OF_IMAGES | OF(ACTION_UPDATE)),
	MEANS("--plain-http", plain_http, FLAG, OF_IMAGES | OF(ACTION_UPDATE)),
	MEANS("--unsigned", allow_unsigned, FLAG,
	      OF_IMAGES | OF(ACTION_UPDATE)),
	MEANS("--seal-limit", seal_limit, POINTER, OF_IMAGES),
	MEANS("--verity", verity, POINTER, OF_IMAGES),
	MEANS("--downgrade", downgrade, FLAG,
	      OF(ACTION_RUN) | OF(ACTION_UPDATE)),
	MEANS("--explain", explain, FLAG, OF(ACTION_RUN)),
	MEANS("-d", detach, FLAG, OF(ACTION_RUN)),
	MEANS("-i", interactive, FLAG, OF(ACTION_RUN)),
	MEANS("--listen", listens, POINTER, OF(ACTION_RUN) | OF(ACTION_UPDATE)),
	MEANS("--log-to", log_to, POINTER, OF(ACTION_RUN)),
	MEANS("--address", addresses, POINTER, OF(ACTION_RUN)),
	MEANS("--interface", interface, POINTER, OF(ACTION_RUN)),
	MEANS("--gateway", gateways, POINTER, OF(ACTION_RUN)),
	MEANS("--limit", limits, POINTER, OF(ACTION_RUN)),
	MEANS("--volume", volumes, POINTER, OF(ACTION_RUN)),
	MEANS("--name", name, POINTER, OF(ACTION_RUN)),
	MEANS("--unshared", unshared, FLAG, OF(ACTION_RUN)),
	MEANS("--dry-run", dry_run, FLAG, OF(ACTION_RUN)),
};

static bool is_given(const struct options *options,
		     const struct meaning *meaning)
{
	const void *field = (const char *)options + meaning->field;

	return meaning->kind == FLAG ? *(const bool *)field
				     : *(const void *const *)field != NULL;
}

/* An option that was given and means nothing to the action, or NULL. */
static const char *find_unwanted(const struct options *options)
{
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++) {
		const struct meaning *meaning = &meanings[i];
		bool wanted = meaning->actions & OF(options->action);

		if (meaning->explained && options->action == ACTION_RUN)
			wanted = options->explain;
		if (is_given(options, meaning) && !wanted)
			return meaning->option;
	}
	/* Another word for which one is meant. */
	return options->generation && options->directory ? "--generation"
							 : NULL;
}

int options_check(const struct options *options, struct diag *diag)
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
