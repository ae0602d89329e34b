/* How the service is run and stopped. */
#include "lib/choose.h"
#include "lib/suggest.h"
#include "lib/values.h"
#include "pack/contract.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

enum { TIME_MOST = 24 * 60 * 60 * 1000 }; /* milliseconds in a day */

/* The index of the variable that is already there, or the count. */
static size_t find_environment(char *const *environment, const char *variable)
{
	size_t name = strcspn(variable, "=") + 1; /* with the '=' */
	size_t i = 0;

	while (environment && environment[i] &&
	       strncmp(environment[i], variable, name) != 0)
		i++;
	return i;
}

static int set_environment(struct reader *reader, const struct lex_word *word,
			   struct diag *diag)
{
	struct config *config = &reader->recipe->config;
	CLEANUP_FREE char *name = strndup(word->text, strcspn(word->text, "="));
	size_t count = strv_length(config->environment);
	size_t index = find_environment(config->environment, word->text);
	int take;

	if (!name)
		return diag_oom(diag);
	if (index < count) {
		take = reader_precedence(reader, &reader->environment_at[index],
					 &word->at, name, diag);
		return take <= 0 ? take
				 : reader_replace(&config->environment[index],
						  word->text, diag);
	}
	if (count >= CONFIG_LIST_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d environment variables",
				      CONFIG_LIST_MAX);
	if (array_grow(&reader->environment_at, count, sizeof(word->at)) < 0 ||
	    strv_append(&config->environment, word->text) < 0)
		return diag_oom(diag);
	reader->environment_at[count] = word->at;
	return 0;
}

HANDLER(handle_env)
{
	int error = 0;

	for (size_t i = 1; error == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		const char *equals = strchr(word->text, '=');

		if (!equals ||
		    !variable_name_is_valid(word->text,
					    (size_t)(equals - word->text)))
			return location_error(diag, -EINVAL, &word->at,
					      "'%s' is not NAME=VALUE",
					      word->text);
		error = set_environment(reader, word, diag);
	}
	return error;
}

HANDLER(handle_workdir)
{
	CLEANUP_FREE char *path = NULL;
	int error = value_path(&statement->words[1], &path, diag);

	return error < 0 ? error
			 : reader_replace(&reader->recipe->config.workdir, path,
					  diag);
}

HANDLER(handle_stop_signal)
{
	const struct lex_word *word = &statement->words[1];
	struct suggestion suggestion = suggest_begin(word->text);
	int number = signal_number(word->text);

	if (number > 0) {
		reader->recipe->config.stop_signal = number;
		return 0;
	}
	location_error(diag, -EINVAL, &word->at, "unknown signal '%s'",
		       word->text);
	for (int i = 1; i < 32; i++)
		if (signal_name(i))
			suggest_offer(&suggestion, signal_name(i));
	suggest_hint(&suggestion, diag);
	return -EINVAL;
}

HANDLER(handle_drain)
{
	uint64_t milliseconds;
	int error = value_duration(&statement->words[1], TIME_MOST,
				   &milliseconds, diag);

	if (error == 0)
		reader->recipe->config.drain_milliseconds =
			(uint32_t)milliseconds;
	return error;
}

static int ready_kind(const struct lex_word *word, enum config_ready *ret_kind,
		      struct diag *diag)
{
	static const char *const kinds[] = {
		[CONFIG_READY_EXEC] = "exec",
		[CONFIG_READY_LISTEN] = "listen",
		[CONFIG_READY_HTTP] = "http",
		[CONFIG_READY_NOTIFY] = "notify",
	};
	size_t kind = 0;
	int r = choose_word(word, kinds, ARRAY_SIZE(kinds), &kind, diag);

	if (r == 0)
		*ret_kind = (enum config_ready)kind;
	return r;
}

/* What a GET may ask for: RFC 3986's characters, the rest escaped by %. */
int reader_request(const struct lex_word *word, char **ret_path,
		   struct diag *diag)
{
	enum { PATH_MOST = 1024 };

	if (word->text[0] != '/' || strlen(word->text) > PATH_MOST)
		return location_error(
			diag, -EINVAL, &word->at,
			"'%s' is not a path such as /, of at most "
			"%d bytes",
			word->text, PATH_MOST);
	for (const char *at = word->text; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			return location_error(
				diag, -EINVAL, &word->at,
				"'%s' has characters that must be escaped "
				"with %% in HTTP",
				word->text);
	return reader_replace(ret_path, word->text, diag);
}

static int ready_path(const struct lex_statement *statement, char **ret_path,
		      struct diag *diag)
{
	if (statement->count < 3)
		return location_error(diag, -EINVAL, &statement->words[1].at,
				      "http needs the path that is asked for, "
				      "such as /");
	return reader_request(&statement->words[2], ret_path, diag);
}

HANDLER(handle_ready)
{
	struct config *config = &reader->recipe->config;
	uint64_t milliseconds = CONTRACT_READY_MILLISECONDS;
	CLEANUP_FREE char *path = NULL;
	enum config_ready kind = CONFIG_READY_EXEC;
	size_t next = 2;
	int error = ready_kind(&statement->words[1], &kind, diag);

	if (error == 0 && kind == CONFIG_READY_HTTP) {
		error = ready_path(statement, &path, diag);
		next++;
	}
	if (error == 0 && kind != CONFIG_READY_EXEC && next < statement->count)
		error = value_duration(&statement->words[next++], TIME_MOST,
				       &milliseconds, diag);
	if (error == 0 && milliseconds == 0)
		error = location_error(diag, -EINVAL,
				       &statement->words[next - 1].at,
				       "nothing is ready in no time");
	if (error == 0 && next < statement->count)
		error = location_error(diag, -EINVAL,
				       &statement->words[next].at,
				       "ready %s takes nothing more behind it",
				       statement->words[1].text);
	if (error < 0)
		return error;
	free(config->ready_path);
	config->ready = kind;
	config->ready_path = steal_ptr(&path);
	config->ready_milliseconds = (uint32_t)milliseconds;
	return 0;
}

HANDLER(handle_proc)
{
	(void)statement;
	(void)diag;
	reader->recipe->config.proc = true;
	return 0;
}
