/* What the service may do, and how much of it. */
#include "pack/recipe_reader.h"
#include "pack/recipe_values.h"
#include "pack/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* A port that was said before is not added again. */
static int add_listen(struct config *config, const struct config_listen *listen,
		      const struct lex_word *word, struct diag *diag)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (config->listens[i].port == listen->port &&
		    config->listens[i].udp == listen->udp)
			return 0;
	if (config->listen_count >= CONFIG_LIST_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d ports", CONFIG_LIST_MAX);
	if (array_grow(&config->listens, config->listen_count,
		       sizeof(*listen)) < 0)
		return diag_oom(diag);
	config->listens[config->listen_count++] = *listen;
	return 0;
}

HANDLER(handle_listen)
{
	struct recipe *recipe = reader->recipe;

	for (size_t i = 1; i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		CLEANUP_FREE char *text = strdup(word->text);
		struct config_listen listen = { 0 };
		struct lex_word port = *word;
		uint64_t number;
		char *slash;
		int error;

		if (!text)
			return diag_oom(diag);
		slash = strchr(text, '/');
		if (slash && strcmp(slash, "/udp") == 0)
			listen.udp = true;
		else if (slash && strcmp(slash, "/tcp") != 0)
			return location_error(diag, -EINVAL, &word->at,
					      "'%s' is neither tcp nor udp",
					      slash + 1);
		if (slash)
			*slash = '\0';
		port.text = text;
		error = value_number(&port, "port", 1, 65535, &number, diag);
		if (error < 0)
			return error;
		listen.port = (uint16_t)number;
		error = add_listen(&recipe->config, &listen, word, diag);
		if (error < 0)
			return error;
	}
	if (recipe->listen_at.line == 0)
		recipe->listen_at = statement->words[0].at;
	return 0;
}

HANDLER(handle_network)
{
	const struct lex_word *word = &statement->words[1];

	(void)reader;
	if (strcmp(word->text, "sealed") == 0)
		return 0;
	return location_error(diag, -EINVAL, &word->at,
			      "unknown network '%s'; there is sealed, which "
			      "needs not be said",
			      word->text);
}

/* One limit a row, in the order of SAID_LIMIT. */
enum limit_kind { LIMIT_COUNT, LIMIT_SIZE, LIMIT_SECONDS, LIMIT_PROCESSORS };

static const struct limit {
	const char *name;
	enum limit_kind kind;
	size_t field; /* in struct config_limits */
	uint64_t most;
} limits[] = {
	{ "processes", LIMIT_COUNT, offsetof(struct config_limits, processes),
	  4194304 /* PID_MAX_LIMIT of Linux */ },
	{ "memory", LIMIT_SIZE, offsetof(struct config_limits, memory_bytes),
	  INT64_MAX },
	{ "cpu", LIMIT_PROCESSORS, offsetof(struct config_limits, cpu_permille),
	  0 },
	{ "cpu-time", LIMIT_SECONDS,
	  offsetof(struct config_limits, cpu_seconds), UINT32_MAX },
	{ "files", LIMIT_COUNT, offsetof(struct config_limits, files),
	  1 << 20 /* the fs.nr_open that Linux starts with */ },
	{ "file-size", LIMIT_SIZE, offsetof(struct config_limits, file_bytes),
	  INT64_MAX },
};
_Static_assert(SAID_LIMIT + ARRAY_SIZE(limits) == SAID_COUNT,
	       "every limit can be said once");

static int limit_seconds(const struct lex_word *word, uint64_t most,
			 uint64_t *ret_seconds, struct diag *diag)
{
	uint64_t milliseconds;
	int error = value_duration(word, most * 1000, &milliseconds, diag);

	if (error < 0)
		return error;
	if (milliseconds == 0 || milliseconds % 1000 != 0)
		return location_error(diag, -EINVAL, &word->at,
				      "processor time is limited to whole "
				      "seconds, at least 1s");
	*ret_seconds = milliseconds / 1000;
	return 0;
}

static int set_limit(struct config_limits *values, const struct limit *limit,
		     const struct lex_word *word, struct diag *diag)
{
	void *field = (char *)values + limit->field;

	switch (limit->kind) {
	case LIMIT_COUNT:
		return value_number(word, "limit", 1, limit->most, field, diag);
	case LIMIT_SIZE:
		return value_size(word, field, diag);
	case LIMIT_SECONDS:
		return limit_seconds(word, limit->most, field, diag);
	case LIMIT_PROCESSORS:
		return value_processors(word, field, diag);
	}
	return -EINVAL;
}

HANDLER(handle_limit)
{
	const struct lex_word *word = &statement->words[1];
	struct suggestion suggestion = suggest_begin(word->text);

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int take;

		suggest_offer(&suggestion, limits[i].name);
		if (strcmp(word->text, limits[i].name) != 0)
			continue;
		take = reader_precedence(reader, &reader->said[SAID_LIMIT + i],
					 &word->at, word->text, diag);
		return take <= 0 ? take
				 : set_limit(&reader->recipe->config.limits,
					     &limits[i], &statement->words[2],
					     diag);
	}
	location_error(diag, -EINVAL, &word->at, "unknown limit '%s'",
		       word->text);
	if (suggestion.best)
		suggest_hint(&suggestion, diag);
	else
		diag_hint(diag, "limits are processes, memory, cpu, cpu-time, "
				"files, file-size");
	return -EINVAL;
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
