/* Settings: what no image is given, whatever it asks. */
#include "mount/host_settings_reader.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *words[2];
	enum host_power power;
} powers[] = {
	{ { "network", "host" }, POWER_NETWORK_HOST },
	{ { "network", "own" }, POWER_NETWORK_OWN },
	{ { "connect" }, POWER_CONNECT },
	{ { "share" }, POWER_SHARE },
	{ { "persist" }, POWER_PERSIST },
	{ { "syscall" }, POWER_SYSCALL },
};

/* The place of a prohibition becomes `at`; of a permission, nowhere. */
static int set_capabilities(struct host_settings *settings,
			    const struct lex_statement *statement,
			    struct location at, struct diag *diag)
{
	for (size_t i = 2; i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		int number = capability_number(word->text);

		if (strcmp(word->text, "all") == 0) {
			for (int k = 0; k < 64; k++)
				settings->forbidden_capabilities[k] = at;
			continue;
		}
		if (number < 0)
			return location_error(diag, -EINVAL, &word->at,
					      "unknown capability '%s'",
					      word->text);
		settings->forbidden_capabilities[number] = at;
	}
	return 0;
}

static int unknown_power(const struct lex_statement *statement,
			 struct diag *diag)
{
	const struct lex_word *words = statement->words;

	location_error(diag, -EINVAL, &words[1].at,
		       "nothing is called '%s%s%s'", words[1].text,
		       statement->count > 2 ? " " : "",
		       statement->count > 2 ? words[2].text : "");
	diag_hint(diag,
		  "%s network host, network own, connect, share, persist, "
		  "syscall, or capability NAME...",
		  words[0].text);
	return -EINVAL;
}

static int set_power(struct host_settings *settings,
		     const struct lex_statement *statement, struct location at,
		     struct diag *diag)
{
	const struct lex_word *words = statement->words;

	if (strcmp(words[1].text, "capability") == 0 && statement->count > 2)
		return set_capabilities(settings, statement, at, diag);
	for (size_t i = 0; i < ARRAY_SIZE(powers); i++) {
		const char *second = powers[i].words[1];

		if (strcmp(words[1].text, powers[i].words[0]) != 0 ||
		    statement->count != (second ? 3 : 2) ||
		    (second && strcmp(words[2].text, second) != 0))
			continue;
		settings->forbidden[powers[i].power] = at;
		return 0;
	}
	return unknown_power(statement, diag);
}

int handle_forbid(struct reading *reading,
		  const struct lex_statement *statement, struct diag *diag)
{
	return set_power(reading->settings, statement, statement->words[0].at,
			 diag);
}

int handle_permit(struct reading *reading,
		  const struct lex_statement *statement, struct diag *diag)
{
	return set_power(reading->settings, statement, (struct location){ 0 },
			 diag);
}
