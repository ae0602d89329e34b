/* What the service may do, and how much of it. */
#include "lib/limit_words.h"
#include "lib/suggest.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

_Static_assert(SAID_LIMIT + LIMIT_WORDS == SAID_COUNT,
	       "every limit can be said once");

HANDLER(handle_limit)
{
	const struct lex_word *value = NULL;
	size_t index = 0;
	int take = limit_find(statement, &index, &value, diag);

	if (take < 0)
		return take;
	take = reader_precedence(reader, &reader->said[SAID_LIMIT + index],
				 &statement->words[1].at, limit_word(index),
				 diag);
	return take <= 0 ? take
			 : limit_read(index, value,
				      &reader->recipe->config.limits, diag);
}

static int unknown_capability(const struct lex_word *word, struct diag *diag)
{
	char names[64][32];
	struct suggestion suggestion;
	const char *text = word->text;

	if (strncasecmp(text, "CAP_", 4) == 0)
		text += 4;
	suggestion = suggest_begin(text);
	for (int i = 0; i < 64 && capability_name(i); i++) {
		const char *name = capability_name(i) + strlen("CAP_");
		size_t k = 0;

		for (; k < sizeof(names[i]) - 1 && name[k] != '\0'; k++)
			names[i][k] = (char)tolower((unsigned char)name[k]);
		names[i][k] = '\0';
		suggest_offer(&suggestion, names[i]);
	}
	location_error(diag, -EINVAL, &word->at, "unknown capability '%s'",
		       word->text);
	suggest_hint(&suggestion, diag);
	return -EINVAL;
}

static int allow_syscall(struct config *config, const struct lex_word *word,
			 struct diag *diag)
{
	char **calls = config->allowed_syscalls;

	if (!value_made_of(word->text, VALUE_LOWER VALUE_DIGITS "_") ||
	    strlen(word->text) > 64)
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not the name of a system call",
				      word->text);
	for (; calls && *calls; calls++)
		if (strcmp(*calls, word->text) == 0)
			return 0;
	if (strv_length(config->allowed_syscalls) >= CONFIG_LIST_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d system calls",
				      CONFIG_LIST_MAX);
	if (strv_append(&config->allowed_syscalls, word->text) < 0)
		return diag_oom(diag);
	return 0;
}

static int allow_capability(struct config *config, const struct lex_word *word,
			    struct diag *diag)
{
	int number = capability_number(word->text);

	if (number < 0)
		return unknown_capability(word, diag);
	config->capabilities |= UINT64_C(1) << number;
	return 0;
}

HANDLER(handle_allow)
{
	const struct lex_word *what = &statement->words[1];
	struct suggestion suggestion = suggest_begin(what->text);
	int (*allow)(struct config *, const struct lex_word *, struct diag *) =
		NULL;
	int error = 0;

	if (strcmp(what->text, "capability") == 0)
		allow = allow_capability;
	else if (strcmp(what->text, "syscall") == 0)
		allow = allow_syscall;
	if (!allow) {
		location_error(diag, -EINVAL, &what->at,
			       "'%s' is neither capability nor syscall",
			       what->text);
		suggest_offer(&suggestion, "capability");
		suggest_offer(&suggestion, "syscall");
		suggest_hint(&suggestion, diag);
		return -EINVAL;
	}
	for (size_t i = 2; error == 0 && i < statement->count; i++)
		error = allow(&reader->recipe->config, &statement->words[i],
			      diag);
	return error;
}
