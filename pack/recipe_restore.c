/* When the jail is made new: by the clock, and on what it does. */
#include "lib/choose.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

enum {
	HEALTH_TIMEOUT = 5000, /* milliseconds; or the interval, if shorter */
	HEALTH_FAILURES = 3,
};

/* The word at `index` must be that one, and have another behind it. */
static int keyword(const struct lex_statement *statement, size_t index,
		   const char *wanted, const char *hint, struct diag *diag)
{
	const struct lex_word *words = statement->words;

	if (index < statement->count && strcmp(words[index].text, wanted) != 0)
		location_error(diag, -EINVAL, &words[index].at,
			       "'%s' stands where %s should", words[index].text,
			       wanted);
	else if (index + 1 < statement->count)
		return 0;
	else
		location_error(diag, -EINVAL,
			       &words[index < statement->count ? index : 0].at,
			       index < statement->count
				       ? "%s needs something behind it"
				       : "%s is missing",
			       wanted);
	diag_hint(diag, "%s", hint);
	return -EINVAL;
}

/* --- check ---------------------------------------------------------------- */

static const char check_form[] =
	"check http PATH every TIME [timeout TIME] [failures N]";

static int check_option(struct config_health *health,
			const struct lex_statement *statement, size_t index,
			struct diag *diag)
{
	const struct lex_word *word = &statement->words[index];
	bool timeout = strcmp(word->text, "timeout") == 0;
	uint64_t number;
	int error = keyword(statement, index, timeout ? "timeout" : "failures",
			    check_form, diag);

	if (error < 0)
		return error;
	if (timeout ? health->timeout_milliseconds : health->failures)
		return location_error(diag, -EINVAL, &word->at,
				      "%s is said twice", word->text);
	if (!timeout) {
		error = value_number(word + 1, "number of failures", 1,
				     CONFIG_HEALTH_FAILURES_MAX, &number, diag);
		if (error == 0)
			health->failures = (uint32_t)number;
		return error;
	}
	error = value_duration(word + 1, CONFIG_DAY_MILLISECONDS, &number,
			       diag);
	if (error == 0 && number == 0)
		return location_error(diag, -EINVAL, &word[1].at,
				      "nothing answers in no time");
	if (error == 0)
		health->timeout_milliseconds = (uint32_t)number;
	return error;
}

static int check_every(struct config_health *health,
		       const struct lex_word *word, struct diag *diag)
{
	uint64_t every;
	int error = value_duration(word, CONFIG_DAY_MILLISECONDS, &every, diag);

	if (error == 0 && every < CONFIG_HEALTH_EVERY_LEAST)
		return location_error(diag, -EINVAL, &word->at,
				      "it cannot be checked more often than "
				      "every %dms",
				      CONFIG_HEALTH_EVERY_LEAST);
	if (error == 0)
		health->every_milliseconds = (uint32_t)every;
	return error;
}

HANDLER(handle_check)
{
	struct config_health *health = &reader->recipe->config.health;
	CLEANUP_FREE char *path = NULL;
	int error = keyword(statement, 1, "http", check_form, diag);

	if (error == 0)
		error = reader_request(&statement->words[2], &path, diag);
	if (error == 0)
		error = keyword(statement, 3, "every", check_form, diag);
	if (error < 0)
		return error;
	free(health->path);
	*health = (struct config_health){ .path = steal_ptr(&path) };
	error = check_every(health, &statement->words[4], diag);
	for (size_t i = 5; error == 0 && i < statement->count; i += 2)
		error = check_option(health, statement, i, diag);
	if (health->timeout_milliseconds == 0)
		health->timeout_milliseconds =
			health->every_milliseconds < HEALTH_TIMEOUT
				? health->every_milliseconds
				: HEALTH_TIMEOUT;
	if (health->failures == 0)
		health->failures = HEALTH_FAILURES;
	return error;
}

/* --- restore -------------------------------------------------------------- */

static const char every_form[] = "restore every TIME [jitter TIME]";

static int restore_every(struct reader *reader,
			 const struct lex_statement *statement,
			 struct diag *diag)
{
	struct config_restore *restore = &reader->recipe->config.restore;
	const struct lex_word *words = statement->words;
	uint64_t every, jitter = 0;
	int error = keyword(statement, 1, "every", every_form, diag);

	if (error == 0)
		error = value_duration(&words[2], CONFIG_RESTORE_EVERY_MAX,
				       &every, diag);
	if (error == 0 && every < CONFIG_RESTORE_EVERY_LEAST)
		error = location_error(diag, -EINVAL, &words[2].at,
				       "it cannot be restored more often than "
				       "every second");
	if (error == 0 && statement->count > 3) {
		error = keyword(statement, 3, "jitter", every_form, diag);
		if (error == 0)
			error = value_duration(&words[4], every, &jitter, diag);
		if (error == 0 && statement->count > 5)
			error = location_error(diag, -EINVAL, &words[5].at,
					       "'%s' cannot stand here",
					       words[5].text);
	}
	if (error < 0)
		return error;
	error = reader_precedence(reader, &reader->said[SAID_RESTORE_EVERY],
				  &words[0].at, "restore every", diag);
	if (error > 0) {
		restore->every_milliseconds = every;
		restore->jitter_milliseconds = jitter;
	}
	return error < 0 ? error : 0;
}

enum { CAUSES_MAX = 16 };

static int restore_cause(struct config_restore *restore,
			 const struct lex_word *word, struct diag *diag)
{
	enum config_restore_cause causes[CAUSES_MAX];
	const char *known[CAUSES_MAX];
	size_t count = 0, index = 0;
	int r;

	while (count < CAUSES_MAX &&
	       (known[count] = config_restore_word(count, &causes[count])))
		count++;
	r = choose_word(word, known, count, &index, diag);
	if (r == 0)
		restore->causes |= causes[index];
	return r;
}

HANDLER(handle_restore)
{
	struct recipe *recipe = reader->recipe;
	const struct lex_word *word = &statement->words[1];
	int error = 0;

	if (strcmp(word->text, "every") == 0)
		return restore_every(reader, statement, diag);
	if (strcmp(word->text, "on") != 0) {
		location_error(diag, -EINVAL, &word->at,
			       "'%s' is neither every nor on", word->text);
		diag_hint(diag, "restore every 1h, restore on tamper");
		return -EINVAL;
	}
	for (size_t i = 2; error == 0 && i < statement->count; i++)
		error = restore_cause(&recipe->config.restore,
				      &statement->words[i], diag);
	recipe->restore_on_at = word->at;
	return error;
}

/* --- tripwire ------------------------------------------------------------- */

static int add_tripwire(struct recipe *recipe, const struct lex_word *word,
			struct diag *diag)
{
	struct recipe_tripwire tripwire = { .at = word->at };
	int error = value_path(word, &tripwire.path, diag);

	for (size_t i = 0; error == 0 && i < recipe->tripwire_count; i++) {
		if (strcmp(recipe->tripwires[i].path, tripwire.path) != 0)
			continue;
		free(tripwire.path);
		return 0;
	}
	if (error == 0 && recipe->tripwire_count >= CONFIG_LIST_MAX)
		error = location_error(diag, -EINVAL, &word->at,
				       "more than %d tripwires",
				       CONFIG_LIST_MAX);
	else if (error == 0 &&
		 array_grow(&recipe->tripwires, recipe->tripwire_count,
			    sizeof(tripwire)) < 0)
		error = diag_oom(diag);
	if (error < 0)
		free(tripwire.path);
	else
		recipe->tripwires[recipe->tripwire_count++] = tripwire;
	return error;
}

HANDLER(handle_tripwire)
{
	int error = 0;

	for (size_t i = 1; error == 0 && i < statement->count; i++)
		error = add_tripwire(reader->recipe, &statement->words[i],
				     diag);
	return error;
}
