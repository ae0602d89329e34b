/* What the service may do, and how much of it. */
#include "pack/recipe_reader.h"
#include "pack/recipe_values.h"
#include "pack/suggest.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

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
	{ "io read", LIMIT_SIZE, offsetof(struct config_limits, io.read_bytes),
	  INT64_MAX },
	{ "io write", LIMIT_SIZE,
	  offsetof(struct config_limits, io.write_bytes), INT64_MAX },
	{ "io read-ops", LIMIT_COUNT,
	  offsetof(struct config_limits, io.read_operations), UINT32_MAX },
	{ "io write-ops", LIMIT_COUNT,
	  offsetof(struct config_limits, io.write_operations), UINT32_MAX },
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

/* "memory", or the two words of "io read"; the value is behind them. */
static int limit_name(const struct lex_statement *statement, char **ret_name,
		      const struct lex_word **ret_value, struct diag *diag)
{
	const struct lex_word *words = statement->words;
	bool io = strcmp(words[1].text, "io") == 0;
	size_t value = io ? 3 : 2;
	char *name;

	if (statement->count != value + 1) {
		location_error(
			diag, -EINVAL,
			&words[statement->count > value + 1 ? value + 1 : 1].at,
			statement->count > value + 1
				? "a limit is one value"
				: "the limit has no value");
		diag_hint(diag, "%s",
			  io ? "limit io read|write SIZE, limit io "
			       "read-ops|write-ops N"
			     : "limit NAME VALUE");
		return -EINVAL;
	}
	if (asprintf(&name, "%s%s%s", words[1].text, io ? " " : "",
		     io ? words[2].text : "") < 0)
		return diag_oom(diag);
	*ret_name = name;
	*ret_value = &words[value];
	return 0;
}

static int unknown_limit(const struct lex_word *word, const char *name,
			 struct diag *diag)
{
	struct suggestion suggestion = suggest_begin(name);

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		suggest_offer(&suggestion, limits[i].name);
	location_error(diag, -EINVAL, &word->at, "unknown limit '%s'", name);
	if (suggestion.best)
		suggest_hint(&suggestion, diag);
	else
		diag_hint(diag, "limits are processes, memory, cpu, cpu-time, "
				"files, file-size, io read, io write, io "
				"read-ops, io write-ops");
	return -EINVAL;
}

HANDLER(handle_limit)
{
	const struct lex_word *word = &statement->words[1];
	const struct lex_word *value = NULL;
	CLEANUP_FREE char *name = NULL;
	int take = limit_name(statement, &name, &value, diag);

	if (take < 0)
		return take;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (strcmp(name, limits[i].name) != 0)
			continue;
		take = reader_precedence(reader, &reader->said[SAID_LIMIT + i],
					 &word->at, name, diag);
		return take <= 0 ? take
				 : set_limit(&reader->recipe->config.limits,
					     &limits[i], value, diag);
	}
	return unknown_limit(word, name, diag);
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
