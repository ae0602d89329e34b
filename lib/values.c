#include "lib/values.h"

#include "lib/duration.h"
#include "lib/path.h"
#include "lib/size.h"

#include <errno.h>
#include <string.h>

bool value_made_of(const char *text, const char *characters)
{
	return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

/*
 * The decimal digits that *cursor begins with; it moves behind them. False
 * if there are none, or the number is too large.
 */
static bool read_digits(const char **cursor, uint64_t *ret_number)
{
	const char *at = *cursor;
	uint64_t number = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(number, 10U, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'),
					   &number))
			return false;
	*cursor = at;
	*ret_number = number;
	return true;
}

int value_number(const struct lex_word *word, const char *what, uint64_t least,
		 uint64_t most, uint64_t *ret_number, struct diag *diag)
{
	const char *at = word->text;
	uint64_t number;

	if (!value_made_of(word->text, VALUE_DIGITS))
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not a number, as a %s must be",
				      word->text, what);
	if (!read_digits(&at, &number) || number < least || number > most)
		return location_error(diag, -EINVAL, &word->at,
				      "the %s must be %llu to %llu", what,
				      (unsigned long long)least,
				      (unsigned long long)most);
	*ret_number = number;
	return 0;
}

int value_size(const struct lex_word *word, uint64_t *ret_bytes,
	       struct diag *diag)
{
	uint64_t bytes;

	if (size_parse(word->text, &bytes) < 0 || bytes == 0) {
		location_error(diag, -EINVAL, &word->at, "'%s' is not a size",
			       word->text);
		diag_hint(diag, "sizes are 64k, 16M, 1G, 2T, or bytes");
		return -EINVAL;
	}
	*ret_bytes = bytes;
	return 0;
}

int value_duration(const struct lex_word *word, uint64_t most,
		   uint64_t *ret_milliseconds, struct diag *diag)
{
	int r = duration_parse(word->text, most, ret_milliseconds);

	if (r == -ERANGE)
		return location_error(diag, -EINVAL, &word->at,
				      "the time is longer than %llus",
				      (unsigned long long)most / 1000);
	if (r < 0) {
		location_error(diag, -EINVAL, &word->at, "'%s' is not a time",
			       word->text);
		diag_hint(diag, "times are 500ms, 10s, 5m, 1h or 2d");
		return -EINVAL;
	}
	return 0;
}

/* Up to three digits behind a point, as thousandths. */
static bool read_thousandths(const char **cursor, uint64_t *ret_thousandths)
{
	const char *at = *cursor;
	uint64_t thousandths = 0;

	if (*at == '.') {
		at++;
		if (*at < '0' || *at > '9')
			return false;
		for (unsigned int place = 100; *at >= '0' && *at <= '9';
		     at++, place /= 10) {
			if (place == 0)
				return false;
			thousandths += place * (unsigned int)(*at - '0');
		}
	}
	*cursor = at;
	*ret_thousandths = thousandths;
	return true;
}

int value_processors(const struct lex_word *word, uint32_t *ret_permille,
		     struct diag *diag)
{
	enum { MOST = 1000 * 1000 }; /* a thousand processors */
	const char *at = word->text;
	uint64_t whole, thousandths = 0, permille;
	bool valid = read_digits(&at, &whole) &&
		     read_thousandths(&at, &thousandths) &&
		     whole <= 100 * (uint64_t)MOST;

	permille = valid ? 1000 * whole + thousandths : 0;
	if (valid && strcmp(at, "%") == 0) {
		permille /= 100;
		at++;
	}
	if (!valid || *at != '\0' || permille == 0 || permille > MOST) {
		location_error(diag, -EINVAL, &word->at,
			       "'%s' is not an amount of processor time",
			       word->text);
		diag_hint(diag, "50%% is half of one processor, 2 is two");
		return -EINVAL;
	}
	*ret_permille = (uint32_t)permille;
	return 0;
}

bool value_looks_like_mode(const struct lex_word *word)
{
	return word->text[0] >= '0' && word->text[0] <= '9' &&
	       !strchr(word->text, ':');
}

int value_mode(const struct lex_word *word, mode_t most, mode_t *ret_mode,
	       struct diag *diag)
{
	size_t length = strlen(word->text);
	mode_t mode = 0;

	for (size_t i = 0; i < length && length <= 4; i++)
		mode = mode << 3 | (mode_t)(word->text[i] - '0');
	if (length < 3 || length > 4 || !value_made_of(word->text, "01234567"))
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not a mode: three or four octal "
				      "digits",
				      word->text);
	if ((mode & ~most) != 0)
		return location_error(diag, -EINVAL, &word->at,
				      "the mode can have no bit beyond %04o "
				      "here",
				      (unsigned int)most);
	*ret_mode = mode;
	return 0;
}

int value_account(const struct lex_word *word, const char *name,
		  const char *what, struct diag *diag)
{
	size_t length = strlen(name);

	if (length >= 1 && length <= 32 &&
	    value_made_of(name, VALUE_LOWER VALUE_DIGITS "_-") &&
	    strchr(VALUE_LOWER "_", name[0]))
		return 0;
	return location_error(
		diag, -EINVAL, &word->at,
		"'%s' is not a %s: a-z, 0-9, '_' and '-', at most "
		"32, a letter or '_' first",
		name, what);
}

/* The name or number of a user or group in front of or behind the ':'. */
static int check_id(const struct lex_word *word, const char *id,
		    const char *what, struct diag *diag)
{
	const char *at = id;
	uint64_t number;

	if (!value_made_of(id, VALUE_DIGITS))
		return value_account(word, id, what, diag);
	if (!read_digits(&at, &number) || number >= 65536)
		return location_error(diag, -EINVAL, &word->at,
				      "%s is beyond 65535, the highest number "
				      "of a user or group in a jail",
				      id);
	return 0;
}

int value_owner(const struct lex_word *word, char **ret_user, char **ret_group,
		struct diag *diag)
{
	CLEANUP_FREE char *user = strdup(word->text);
	CLEANUP_FREE char *group = NULL;
	char *colon;
	int error;

	if (!user)
		return diag_oom(diag);
	colon = strchr(user, ':');
	if (!colon)
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not USER:GROUP", word->text);
	*colon = '\0';
	error = check_id(word, user, "user", diag);
	if (error == 0)
		error = check_id(word, colon + 1, "group", diag);
	if (error < 0)
		return error;
	group = strdup(colon + 1);
	if (!group)
		return diag_oom(diag);
	*ret_user = steal_ptr(&user);
	*ret_group = steal_ptr(&group);
	return 0;
}

/* Is ".." a component; and is every one within its limit? */
static int check_components(const struct lex_word *word, struct diag *diag)
{
	const char *at = word->text;

	while (*at != '\0') {
		size_t length = strcspn(at, "/");

		if (length == 2 && strncmp(at, "..", 2) == 0)
			return location_error(diag, -EINVAL, &word->at,
					      "'..' in a path of the jail");
		if (length > VALUE_NAME_MAX)
			return location_error(diag, -EINVAL, &word->at,
					      "a name in the path is longer "
					      "than %d bytes",
					      VALUE_NAME_MAX);
		at += length;
		at += strspn(at, "/");
	}
	return 0;
}

int value_path(const struct lex_word *word, char **ret_path, struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int error;

	if (word->text[0] != '/')
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not an absolute path",
				      word->text);
	if (strlen(word->text) > VALUE_PATH_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "the path is longer than %d bytes",
				      VALUE_PATH_MAX);
	if (strpbrk(word->text, "\n\t"))
		return location_error(diag, -EINVAL, &word->at,
				      "a newline or tab in a path");
	error = check_components(word, diag);
	if (error < 0)
		return error;
	path = path_normalize(word->text);
	if (!path)
		return diag_oom(diag);
	*ret_path = steal_ptr(&path);
	return 0;
}
