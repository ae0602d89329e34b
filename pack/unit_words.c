/* The values of a unit file, taken apart. */
#include "pack/unit_file.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define BLANKS " \t"

/* --- Words --- */

static int hexadecimal(const char *digits, size_t count)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (!isxdigit((unsigned char)digits[i]))
			return -1;
		value = value * 16 +
			(isdigit((unsigned char)digits[i])
				 ? digits[i] - '0'
				 : tolower((unsigned char)digits[i]) - 'a' +
					   10);
	}
	return value;
}

/* What stands behind a backslash; how many bytes that were, 0 if it is no
 * escape. */
static size_t escape(const char *text, struct buf *word)
{
	static const char letters[] = "abfnrtvs\\\"'";
	static const char values[] = "\a\b\f\n\r\t\v \\\"'";
	const char *known = *text ? strchr(letters, *text) : NULL;
	int value;

	if (known) {
		buf_putc(word, values[known - letters]);
		return 1;
	}
	if (*text == ';' || *text == ' ') {
		buf_putc(word, *text);
		return 1;
	}
	if (*text == 'x' && text[1]) {
		value = hexadecimal(text + 1, 2);
		if (value <= 0)
			return 0;
		buf_putc(word, (char)value);
		return 3;
	}
	return 0;
}

/* One word from *text on. */
static int take_word(const char **text, struct buf *word, struct diag *diag)
{
	char quote = '\0';
	const char *at = *text;

	for (; *at && (quote || !strchr(BLANKS, *at)); at++) {
		size_t length;

		if (*at == quote && quote) {
			quote = '\0';
		} else if (!quote && (*at == '"' || *at == '\'')) {
			quote = *at;
		} else if (*at == '\\') {
			length = escape(at + 1, word);
			if (length == 0)
				return diag_set(diag, -EINVAL,
						"'\\%.1s' is no escape",
						at + 1);
			at += length;
		} else {
			buf_putc(word, *at);
		}
	}
	if (quote)
		return diag_set(diag, -EINVAL, "a %c is not closed", quote);
	*text = at + strspn(at, BLANKS);
	return 0;
}

int unit_words(const char *value, char ***ret_words, struct diag *diag)
{
	char **words = calloc(1, sizeof(*words));
	size_t count = 0;
	int r = words ? 0 : diag_oom(diag);

	value += strspn(value, BLANKS);
	while (r == 0 && *value) {
		CLEANUP_BUF struct buf word = BUF_INIT;

		buf_puts(&word, "");
		if (++count > UNIT_WORDS_MAX)
			r = diag_set(diag, -E2BIG, "more than %d words",
				     UNIT_WORDS_MAX);
		if (r == 0)
			r = take_word(&value, &word, diag);
		if (r == 0 && (buf_check(&word) < 0 ||
			       strv_append(&words, word.data) < 0))
			r = diag_oom(diag);
	}
	if (r < 0)
		strv_free(words);
	else
		*ret_words = words;
	return r;
}

/* --- Specifiers --- */

/* The parts of "prefix@instance.type". */
static void put_prefix(const struct unit_specifiers *specifiers,
		       struct buf *text)
{
	const char *name = specifiers->name;
	const char *dot = strrchr(name, '.');
	const char *at = strchr(name, '@');
	const char *end = at ? at : dot;

	buf_append(text, name, end ? (size_t)(end - name) : strlen(name));
}

/* "-" is a slash and "\xHH" a byte, unless the escaped form is wanted. */
static void put_instance(const struct unit_specifiers *specifiers, bool escaped,
			 struct buf *text)
{
	const char *at = strchr(specifiers->name, '@');
	const char *dot = strrchr(specifiers->name, '.');

	for (at = at ? at + 1 : NULL; at && *at && at != dot; at++) {
		char c = *at;

		if (!escaped && c == '-') {
			c = '/';
		} else if (!escaped && c == '\\' && at[1] == 'x' &&
			   hexadecimal(at + 2, 2) > 0) {
			c = (char)hexadecimal(at + 2, 2);
			at += 3;
		}
		buf_putc(text, c);
	}
}

static bool put_specifier(const struct unit_specifiers *specifiers, char letter,
			  struct buf *text)
{
	static const struct {
		char letter;
		const char *text;
	} fixed[] = {
		{ '%', "%" },	       { 't', "/run" },	    { 'S', "/var/lib" },
		{ 'C', "/var/cache" }, { 'L', "/var/log" }, { 'E', "/etc" },
		{ 'T', "/tmp" },       { 'V', "/var/tmp" },
	};
	const char *dot = strrchr(specifiers->name, '.');

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (fixed[i].letter == letter) {
			buf_puts(text, fixed[i].text);
			return true;
		}
	}
	switch (letter) {
	case 'n':
		buf_puts(text, specifiers->name);
		return true;
	case 'N':
		buf_append(text, specifiers->name,
			   dot ? (size_t)(dot - specifiers->name)
			       : strlen(specifiers->name));
		return true;
	case 'p':
	case 'P':
		put_prefix(specifiers, text);
		return true;
	case 'i':
	case 'I':
		put_instance(specifiers, letter == 'i', text);
		return true;
	case 'u':
		buf_puts(text, specifiers->user);
		return true;
	case 'h':
		buf_puts(text, specifiers->home);
		return true;
	case 'H':
		buf_puts(text, specifiers->hostname);
		return true;
	default:
		return false;
	}
}

int unit_expand(const struct unit_specifiers *specifiers, const char *text,
		struct buf *ret_text, char *ret_unknown)
{
	buf_puts(ret_text, "");
	for (; *text && ret_text->length <= UNIT_EXPANDED_MAX; text++) {
		if (*text != '%' || !text[1]) {
			buf_putc(ret_text, *text);
			continue;
		}
		if (!put_specifier(specifiers, text[1], ret_text)) {
			buf_append(ret_text, text, 2);
			*ret_unknown = text[1];
		}
		text++;
	}
	if (ret_text->length > UNIT_EXPANDED_MAX)
		return -E2BIG;
	return buf_check(ret_text);
}

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
