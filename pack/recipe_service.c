/* What runs in the jail: one program, or several services. */
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

enum { AT_MOST = 64 /* connections at once, by default */ };

static const char form[] = "service NAME [per-connection [PORT] [at-most N] "
			   "[per-source N/TIME]] PATH [ARGUMENT...]";

/* The program and its arguments, from the word at `index` on. */
static int command(const struct lex_statement *statement, size_t index,
		   char ***arguments, struct diag *diag)
{
	CLEANUP_FREE char *program = NULL;
	int error = value_path(&statement->words[index], &program, diag);

	if (error < 0)
		return error;
	strv_free(*arguments);
	*arguments = NULL;
	if (strv_append(arguments, program) < 0)
		return diag_oom(diag);
	for (size_t i = index + 1; i < statement->count; i++)
		if (strv_append(arguments, statement->words[i].text) < 0)
			return diag_oom(diag);
	return 0;
}

HANDLER(handle_run)
{
	return command(statement, 1, &reader->recipe->config.arguments, diag);
}

/* "10/1m" */
static int per_source(struct config_service *service,
		      const struct lex_word *word, struct diag *diag)
{
	CLEANUP_FREE char *text = strdup(word->text);
	struct lex_word number = *word, time = *word;
	uint64_t most, milliseconds;
	char *slash;
	int error;

	if (!text)
		return diag_oom(diag);
	slash = strchr(text, '/');
	if (!slash) {
		location_error(diag, -EINVAL, &word->at,
			       "'%s' is not a number of connections in a time",
			       word->text);
		diag_hint(diag, "per-source 10/1m");
		return -EINVAL;
	}
	*slash = '\0';
	number.text = text;
	time.text = slash + 1;
	error = value_number(&number, "number of connections", 1,
			     CONFIG_SOURCE_MOST_MAX, &most, diag);
	if (error == 0)
		error = value_duration(&time, CONFIG_DAY_MILLISECONDS,
				       &milliseconds, diag);
	if (error < 0)
		return error;
	if (milliseconds == 0)
		return location_error(diag, -EINVAL, &word->at,
				      "there is nothing in no time");
	service->source_most = (uint32_t)most;
	service->source_milliseconds = (uint32_t)milliseconds;
	return 0;
}

/* One of the words between per-connection and the program; *index moves behind
 * it. */
static int bound(struct recipe_service *said,
		 const struct lex_statement *statement, size_t *index,
		 struct diag *diag)
{
	struct config_service *service = &said->service;
	const struct lex_word *word = &statement->words[*index];
	bool has_next = *index + 1 < statement->count;
	uint64_t number;
	int error;

	if (value_made_of(word->text, VALUE_DIGITS) && service->port == 0) {
		error = value_number(word, "port", 1, 65535, &number, diag);
		service->port = error < 0 ? 0 : (uint16_t)number;
		said->port_at = word->at;
		*index += 1;
		return error;
	}
	*index += 2;
	if (has_next && strcmp(word->text, "at-most") == 0 &&
	    service->at_most == 0) {
		error = value_number(word + 1, "number of connections", 1,
				     CONFIG_AT_MOST_MAX, &number, diag);
		service->at_most = error < 0 ? 0 : (uint32_t)number;
		return error;
	}
	if (has_next && strcmp(word->text, "per-source") == 0 &&
	    service->source_most == 0)
		return per_source(service, word + 1, diag);
	location_error(diag, -EINVAL, &word->at, "'%s' cannot stand here",
		       word->text);
	diag_hint(diag, "%s", form);
	return -EINVAL;
}

static int parse_service(struct recipe_service *said,
			 const struct lex_statement *statement,
			 struct diag *diag)
{
	struct config_service *service = &said->service;
	const struct lex_word *words = statement->words;
	size_t next = 2;
	int error = reader_replace(&service->name, words[1].text, diag);

	if (strcmp(words[next].text, "per-connection") == 0) {
		service->per_connection = true;
		for (next++; error == 0 && next < statement->count &&
			     words[next].text[0] != '/';)
			error = bound(said, statement, &next, diag);
		if (service->at_most == 0)
			service->at_most = AT_MOST;
	}
	if (error < 0)
		return error;
	if (next >= statement->count) {
		location_error(diag, -EINVAL, &words[0].at,
			       "the service %s has no program", service->name);
		diag_hint(diag, "%s", form);
		return -EINVAL;
	}
	return command(statement, next, &service->arguments, diag);
}

static int check_service_name(const struct lex_word *word, struct diag *diag)
{
	if (value_made_of(word->text, VALUE_LOWER VALUE_DIGITS "._-") &&
	    !strchr("._-", word->text[0]) &&
	    strlen(word->text) <= CONFIG_NAME_MAX)
		return 0;
	location_error(diag, -EINVAL, &word->at,
		       "'%s' is not a name for a service: a-z, 0-9, '.', '_' "
		       "and '-', at most %d, a letter or digit first",
		       word->text, CONFIG_NAME_MAX);
	diag_hint(diag, "%s", form);
	return -EINVAL;
}

/* `service` is taken over in any case. One that takes another's place stands
 * where that stood: the order is that of the names. */
static int add_service(struct reader *reader, struct recipe_service *service,
		       struct diag *diag)
{
	struct recipe *recipe = reader->recipe;
	int result = 0;

	for (size_t i = 0; i < recipe->service_count; i++) {
		struct recipe_service *old = &recipe->services[i];

		if (strcmp(old->service.name, service->service.name) != 0)
			continue;
		result = reader_precedence(reader, &old->at, &service->at,
					   old->service.name, diag);
		recipe_service_done(result > 0 ? old : service);
		if (result > 0)
			*old = *service;
		return result < 0 ? result : 0;
	}
	if (recipe->service_count >= CONFIG_SERVICES_MAX)
		result = location_error(diag, -EINVAL, &service->at,
					"more than %d services",
					CONFIG_SERVICES_MAX);
	else if (array_grow(&recipe->services, recipe->service_count,
			    sizeof(*service)) < 0)
		result = diag_oom(diag);
	if (result == 0)
		recipe->services[recipe->service_count++] = *service;
	else
		recipe_service_done(service);
	return result;
}

HANDLER(handle_service)
{
	struct recipe_service service = { .at = statement->words[0].at };
	int error = check_service_name(&statement->words[1], diag);

	if (error == 0)
		error = parse_service(&service, statement, diag);
	if (error < 0) {
		recipe_service_done(&service);
		return error;
	}
	return add_service(reader, &service, diag);
}

int services_check(struct reader *reader, struct diag *diag)
{
	struct recipe *recipe = reader->recipe;
	const struct location *run = &reader->said[SAID_RUN];
	char *const *argument;

	if (recipe->service_count == 0)
		return 0;
	if (run->line > 0) {
		const struct location *at = &recipe->services[0].at;

		location_error(diag, -EINVAL, run,
			       "run and service together, of %s:%u:%u",
			       at->file, at->line, at->column);
		diag_hint(diag, "make the run one of the services: service "
				"NAME PATH [ARGUMENT...]");
		return -EINVAL;
	}
	argument = recipe->services[0].service.arguments;
	for (; *argument; argument++)
		if (strv_append(&recipe->config.arguments, *argument) < 0)
			return diag_oom(diag);
	return 0;
}
