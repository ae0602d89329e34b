#include "lib/challenge.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* RFC 9110, 5.6.2 */
static bool is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t");
}

static size_t token_length(const char *at)
{
	size_t length = 0;

	while (is_token(at[length]))
		length++;
	return length;
}

static bool is_word(const char *at, size_t length, const char *word)
{
	return strlen(word) == length && strncasecmp(at, word, length) == 0;
}

/* A token or a quoted string; where it ends, or NULL. A value that is too
 * long is as good as none. */
static const char *take_value(const char *at, char ret_value[])
{
	size_t length = 0;
	bool quoted = *at == '"';

	if (!quoted) {
		length = token_length(at);
		if (length == 0 || length >= CHALLENGE_VALUE_MAX)
			return NULL;
		memcpy(ret_value, at, length);
		ret_value[length] = '\0';
		return at + length;
	}
	for (at++; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		if (length == CHALLENGE_VALUE_MAX - 1)
			return NULL;
		ret_value[length++] = *at;
	}
	ret_value[length] = '\0';
	return *at ? at + 1 : NULL;
}

static void keep(struct challenge *challenge, const char *name, size_t length,
		 const char *value)
{
	if (is_word(name, length, "realm"))
		strcpy(challenge->realm, value);
	else if (is_word(name, length, "service"))
		strcpy(challenge->service, value);
	else if (is_word(name, length, "scope"))
		strcpy(challenge->scope, value);
}

/* The parameters of one challenge; where the next begins, or NULL where
 * nothing can be made of the text. */
static const char *take_parameters(const char *at, struct challenge *challenge)
{
	for (;;) {
		char value[CHALLENGE_VALUE_MAX];
		const char *name;
		size_t length;

		at += strspn(at, " \t,");
		name = at;
		length = token_length(at);
		if (length == 0 || *skip_space(at + length) != '=')
			return at;
		at = skip_space(skip_space(at + length) + 1);
		at = take_value(at, value);
		if (!at)
			return NULL;
		keep(challenge, name, length, value);
	}
}

void challenge_parse(const char *header, struct challenge *ret_challenge)
{
	struct challenge best = { .scheme = CHALLENGE_NONE };
	const char *at = header;

	while (at && *(at += strspn(at, " \t,"))) {
		struct challenge one = { .scheme = CHALLENGE_NONE };
		size_t length = token_length(at);

		if (length == 0)
			break;
		if (is_word(at, length, "bearer"))
			one.scheme = CHALLENGE_BEARER;
		else if (is_word(at, length, "basic"))
			one.scheme = CHALLENGE_BASIC;
		at = take_parameters(at + length, &one);
		if (one.scheme == CHALLENGE_BEARER && !*one.realm)
			continue;
		if (at && one.scheme > best.scheme)
			best = one;
	}
	*ret_challenge = best;
}
