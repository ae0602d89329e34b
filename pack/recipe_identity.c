/* Who the jail is, and the directives that are about the language itself. */
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

HANDLER(handle_name)
{
	const struct lex_word *word = &statement->words[1];

	if (!value_made_of(word->text, VALUE_LOWER VALUE_DIGITS "._-") ||
	    strchr("._-", word->text[0]) ||
	    strlen(word->text) > CONFIG_NAME_MAX)
		return location_error(
			diag, -EINVAL, &word->at,
			"'%s' is not a name for a jail: a-z, 0-9, "
			"'.', '_' and '-', at most %d, a letter or "
			"digit first",
			word->text, CONFIG_NAME_MAX);
	return reader_replace(&reader->recipe->config.name, word->text, diag);
}

HANDLER(handle_summary)
{
	enum { SUMMARY_MAX = 256 };
	const struct lex_word *word = &statement->words[1];

	if (strlen(word->text) > SUMMARY_MAX || strpbrk(word->text, "\n\t"))
		return location_error(diag, -EINVAL, &word->at,
				      "a summary is one line of at most %d "
				      "bytes",
				      SUMMARY_MAX);
	return reader_replace(&reader->recipe->config.summary, word->text,
			      diag);
}

/* That of a package, once it is known which one the source has. */
static int version_of_package(struct reader *reader,
			      const struct lex_statement *statement,
			      struct diag *diag)
{
	const struct lex_word *words = statement->words;

	if (strcmp(words[1].text, "package") != 0) {
		location_error(diag, -EINVAL, &words[2].at,
			       "a version is one word");
		diag_hint(diag, "version VERSION | package NAME");
		return -EINVAL;
	}
	reader->recipe->version_at = words[2].at;
	return reader_replace(&reader->recipe->version_package, words[2].text,
			      diag);
}

HANDLER(handle_version)
{
	enum { VERSION_MAX = 64 };
	const struct lex_word *word = &statement->words[1];

	if (statement->count == 3)
		return version_of_package(reader, statement, diag);
	free(reader->recipe->version_package);
	reader->recipe->version_package = NULL;
	if (!value_made_of(word->text,
			   VALUE_LOWER VALUE_UPPER VALUE_DIGITS ".+~:_-") ||
	    strlen(word->text) > VERSION_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not a version: letters, digits "
				      "and . + ~ : _ -, at most %d",
				      word->text, VERSION_MAX);
	return reader_replace(&reader->recipe->config.version, word->text,
			      diag);
}

HANDLER(handle_hostname)
{
	enum { HOSTNAME_MAX = 64 }; /* HOST_NAME_MAX of Linux */
	const struct lex_word *word = &statement->words[1];

	if (!value_made_of(word->text,
			   VALUE_LOWER VALUE_UPPER VALUE_DIGITS ".-") ||
	    strchr(".-", word->text[0]) || strlen(word->text) > HOSTNAME_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not a host name: letters, "
				      "digits, '.' and '-', at most %d",
				      word->text, HOSTNAME_MAX);
	return reader_replace(&reader->recipe->config.hostname, word->text,
			      diag);
}

HANDLER(handle_include)
{
	return reader_include(reader, &statement->words[1], diag);
}

HANDLER(handle_with)
{
	int error = 0;

	for (size_t i = 1; error == 0 && i < statement->count; i++)
		error = reader_with(reader, &statement->words[i], diag);
	return error;
}

HANDLER(handle_set)
{
	const struct lex_word *name = &statement->words[1];

	if (!variable_name_is_valid(name->text, strlen(name->text)))
		return location_error(diag, -EINVAL, &name->at,
				      "'%s' is not a name for a variable: "
				      "letters, digits and '_', at most %d, no "
				      "digit first",
				      name->text, VARIABLE_NAME_MAX);
	return variables_set(&reader->variables, name->text,
			     statement->words[2].text, (int)reader->text->depth,
			     &name->at, diag);
}
