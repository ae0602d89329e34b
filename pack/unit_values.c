/* Times, sizes and variables of units. */
#include "pack/unit_file.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define BLANKS " \t"

/* --- Numbers --- */

struct unit_of {
	const char *name;
	uint64_t value;
};

/* Digits, and the unit behind them. */
static int take_number(const char **text, const struct unit_of *units,
		       uint64_t *ret_number)
{
	uint64_t number = 0;
	const char *at = *text;
	size_t length;

	if (!isdigit((unsigned char)*at))
		return -EINVAL;
	for (; isdigit((unsigned char)*at); at++) {
		if (number > UINT64_MAX / 20)
			return -EINVAL;
		number = number * 10 + (uint64_t)(*at - '0');
	}
	at += strspn(at, BLANKS);
	length = strspn(at, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	for (; units->name; units++) {
		if (strlen(units->name) != length ||
		    strncmp(units->name, at, length) != 0)
			continue;
		if (number > UINT64_MAX / 2 / units->value)
			return -EINVAL;
		*ret_number = number * units->value;
		at += length;
		*text = at + strspn(at, BLANKS);
		return 0;
	}
	return -EINVAL;
}

int unit_duration(const char *value, uint64_t *ret_milliseconds)
{
	static const struct unit_of units[] = {
		{ "", 1000 },	     { "s", 1000 },	   { "sec", 1000 },
		{ "second", 1000 },  { "seconds", 1000 },  { "ms", 1 },
		{ "msec", 1 },	     { "m", 60000 },	   { "min", 60000 },
		{ "minute", 60000 }, { "minutes", 60000 }, { "h", 3600000 },
		{ "hr", 3600000 },   { "hour", 3600000 },  { "hours", 3600000 },
		{ "d", 86400000 },   { "day", 86400000 },  { "days", 86400000 },
		{ NULL, 0 },
	};
	uint64_t sum = 0;

	if (strcmp(value, "infinity") == 0) {
		*ret_milliseconds = UINT64_MAX;
		return 0;
	}
	do {
		uint64_t part;
		int r = take_number(&value, units, &part);

		if (r < 0 || part > UINT64_MAX / 2 - sum)
			return -EINVAL;
		sum += part;
	} while (*value);
	*ret_milliseconds = sum;
	return 0;
}

int unit_size(const char *value, uint64_t *ret_bytes)
{
	static const struct unit_of units[] = {
		{ "", 1 },
		{ "B", 1 },
		{ "K", UINT64_C(1) << 10 },
		{ "M", UINT64_C(1) << 20 },
		{ "G", UINT64_C(1) << 30 },
		{ "T", UINT64_C(1) << 40 },
		{ NULL, 0 },
	};
	uint64_t bytes;

	if (strcmp(value, "infinity") == 0) {
		*ret_bytes = UINT64_MAX;
		return 0;
	}
	if (take_number(&value, units, &bytes) < 0 || *value)
		return -EINVAL;
	*ret_bytes = bytes;
	return 0;
}

/* --- Environment files --- */

static bool is_variable(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool digit = isdigit((unsigned char)line[i]);

		if (line[i] != '_' && !isalpha((unsigned char)line[i]) &&
		    (!digit || i == 0))
			return false;
	}
	return length > 0;
}

int unit_add_variable(char ***variables, const char *variable)
{
	size_t length = strcspn(variable, "=");
	char **known = *variables;
	char *copy;

	if (variable[length] != '=' || !is_variable(variable, length))
		return 0;
	for (; known && *known; known++) {
		if (strncmp(*known, variable, length + 1) != 0)
			continue;
		copy = strdup(variable);
		if (!copy)
			return -ENOMEM;
		free(*known);
		*known = copy;
		return 0;
	}
	if (strv_length(*variables) >= UNIT_WORDS_MAX)
		return -E2BIG;
	return strv_append(variables, variable);
}

/* Shell-like: quotes, and backslashes outside of single ones. */
static void put_value(const char *value, struct buf *variable)
{
	char quote = '\0';
	size_t kept = variable->length;

	for (value += strspn(value, BLANKS); *value; value++) {
		if (*value == quote && quote) {
			quote = '\0';
			kept = variable->length;
		} else if (!quote && (*value == '"' || *value == '\'')) {
			quote = *value;
		} else if (*value == '\\' && quote != '\'' && value[1]) {
			buf_putc(variable, *++value);
			kept = variable->length;
		} else {
			buf_putc(variable, *value);
			if (quote || !strchr(BLANKS "\r", *value))
				kept = variable->length;
		}
	}
	/* Blanks at the end are not meant. */
	if (!variable->failed && variable->data && kept < variable->length) {
		variable->length = kept;
		variable->data[kept] = '\0';
	}
}

static int take_variable(const char *line, char ***variables)
{
	CLEANUP_BUF struct buf variable = BUF_INIT;
	size_t length;

	line += strspn(line, BLANKS);
	length = strcspn(line, "=" BLANKS);
	if (*line == '#' || *line == ';' || line[length] != '=')
		return 0;
	buf_append(&variable, line, length + 1);
	put_value(line + length + 1, &variable);
	return buf_check(&variable) < 0
		       ? -ENOMEM
		       : unit_add_variable(variables, variable.data);
}

int unit_environment_file(const char *text, size_t length,
			  char ***ret_variables)
{
	CLEANUP_FREE char *copy = NULL;
	CLEANUP_BUF struct buf joined = BUF_INIT;
	char *rest;
	int r = 0;

	if (length > UNIT_TEXT_MAX)
		return -E2BIG;
	copy = strndup(text ? text : "", length);
	rest = copy;
	while (r == 0 && rest) {
		char *line = strsep(&rest, "\n");
		size_t end = strlen(line);
		bool continued = end && line[end - 1] == '\\' && rest;

		buf_append(&joined, line, continued ? end - 1 : end);
		if (continued)
			continue;
		buf_puts(&joined, "");
		r = buf_check(&joined);
		if (r == 0 && joined.data)
			r = take_variable(joined.data, ret_variables);
		buf_reset(&joined);
	}
	return copy ? r : -ENOMEM;
}
