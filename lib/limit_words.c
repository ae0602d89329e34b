#include "lib/limit_words.h"

#include "lib/suggest.h"
#include "lib/values.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum limit_kind { LIMIT_COUNT, LIMIT_SIZE, LIMIT_SECONDS, LIMIT_PROCESSORS };

static const struct limit {
	const char *name;
	enum limit_kind kind;
	size_t field; /* in struct config_limits */
	uint64_t most;
} known[] = {
	{ "processes", LIMIT_COUNT, offsetof(struct config_limits, processes),
	  4194304 /* PID_MAX_LIMIT of Linux */ },
	{ "memory", LIMIT_SIZE, offsetof(struct config_limits, memory_bytes),
	  INT64_MAX },
	{ "cpu", LIMIT_PROCESSORS, offsetof(struct config_limits, cpu_permille),
	  UINT32_MAX },
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
_Static_assert(ARRAY_SIZE(known) == LIMIT_WORDS, "each has its number");

const char *limit_word(size_t index)
{
	return known[index].name;
}

uint64_t limit_get(const struct config_limits *limits, size_t index)
{
	const void *field = (const char *)limits + known[index].field;

	return known[index].kind == LIMIT_PROCESSORS ? *(const uint32_t *)field
						     : *(const uint64_t *)field;
}

void limit_put(struct config_limits *limits, size_t index, uint64_t value)
{
	void *field = (char *)limits + known[index].field;

	if (known[index].kind == LIMIT_PROCESSORS)
		*(uint32_t *)field = (uint32_t)value;
	else
		*(uint64_t *)field = value;
}

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

int limit_read(size_t index, const struct lex_word *value,
	       struct config_limits *limits, struct diag *diag)
{
	const struct limit *limit = &known[index];
	void *field = (char *)limits + limit->field;

	switch (limit->kind) {
	case LIMIT_COUNT:
		return value_number(value, "limit", 1, limit->most, field,
				    diag);
	case LIMIT_SIZE:
		return value_size(value, field, diag);
	case LIMIT_SECONDS:
		return limit_seconds(value, limit->most, field, diag);
	case LIMIT_PROCESSORS:
		return value_processors(value, field, diag);
	}
	return -EINVAL;
}

static int unknown_limit(const struct lex_word *word, const char *name,
			 struct diag *diag)
{
	struct suggestion suggestion = suggest_begin(name);

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		suggest_offer(&suggestion, known[i].name);
	location_error(diag, -EINVAL, &word->at, "unknown limit '%s'", name);
	if (suggestion.best)
		suggest_hint(&suggestion, diag);
	else
		diag_hint(diag, "limits are processes, memory, cpu, cpu-time, "
				"files, file-size, io read, io write, io "
				"read-ops, io write-ops");
	return -EINVAL;
}

int limit_find(const struct lex_statement *statement, size_t *ret_index,
	       const struct lex_word **ret_value, struct diag *diag)
{
	const struct lex_word *words = statement->words;
	bool io = strcmp(words[1].text, "io") == 0;
	size_t value = io ? 3 : 2;
	CLEANUP_FREE char *name = NULL;

	if (statement->count != value + 1) {
		location_error(
			diag, -EINVAL,
			&words[statement->count > value + 1 ? value + 1 : 1].at,
			statement->count > value + 1
				? "a limit is one value"
				: "the limit has no value");
		diag_hint(diag,
			  io ? "%s io read|write SIZE, %s io "
			       "read-ops|write-ops N"
			     : "%s NAME VALUE",
			  words[0].text, words[0].text);
		return -EINVAL;
	}
	if (asprintf(&name, "%s%s%s", words[1].text, io ? " " : "",
		     io ? words[2].text : "") < 0) {
		name = NULL;
		return diag_oom(diag);
	}
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		*ret_index = i;
		*ret_value = &words[value];
		return 0;
	}
	return unknown_limit(&words[1], name, diag);
}

static void format_size(uint64_t bytes, struct buf *text)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	size_t unit = 0;

	while (unit + 1 < ARRAY_SIZE(units) && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	buf_printf(text, "%" PRIu64 "%s", bytes, units[unit]);
}

void limit_format(size_t index, uint64_t value, struct buf *text)
{
	switch (known[index].kind) {
	case LIMIT_COUNT:
		buf_printf(text, "%" PRIu64, value);
		break;
	case LIMIT_SIZE:
		format_size(value, text);
		break;
	case LIMIT_SECONDS:
		buf_printf(text, "%" PRIu64 "s", value);
		break;
	case LIMIT_PROCESSORS:
		buf_printf(text, "%" PRIu64, value / 10);
		if (value % 10)
			buf_printf(text, ".%" PRIu64, value % 10);
		buf_putc(text, '%');
		break;
	}
}
