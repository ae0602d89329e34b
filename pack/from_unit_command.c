/* The command line of an Exec setting: systemd.service(5), COMMAND LINES. */
#include "pack/from_unit_draft.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* NULL if it is not set. */
static const char *find_variable(char *const *environment, const char *name,
				 size_t length)
{
	const char *found = NULL;

	for (; environment && *environment; environment++) {
		if (strncmp(*environment, name, length) == 0 &&
		    (*environment)[length] == '=')
			found = *environment + length + 1;
	}
	return found;
}

static size_t name_length(const char *text)
{
	size_t length = 0;

	while (text[length] == '_' || isalnum((unsigned char)text[length]))
		length++;
	return length;
}

/* "${NAME}" and "$$" within a word. */
static void substitute(const char *word, char *const *environment,
		       struct buf *text)
{
	buf_puts(text, "");
	for (; *word && text->length <= UNIT_EXPANDED_MAX; word++) {
		size_t length;
		const char *value;

		if (word[0] == '$' && word[1] == '$') {
			buf_putc(text, *word++);
			continue;
		}
		length = word[0] == '$' && word[1] == '{'
				 ? name_length(word + 2)
				 : 0;
		if (length == 0 || word[2 + length] != '}') {
			buf_putc(text, *word);
			continue;
		}
		value = find_variable(environment, word + 2, length);
		buf_puts(text, value ? value : "");
		word += 2 + length;
	}
}

/* A word that is "$NAME" alone becomes as many as its value has. */
static int split_variable(const char *word, char *const *environment,
			  char ***words, struct diag *diag)
{
	const char *value =
		find_variable(environment, word + 1, strlen(word + 1));
	char **parts = NULL;
	int r = value ? unit_words(value, &parts, diag) : 0;

	for (char **part = parts; r == 0 && part && *part; part++) {
		if (strv_append(words, *part) < 0)
			r = diag_oom(diag);
	}
	strv_free(parts);
	return r;
}

static int add_word(const char *word, char *const *environment, char ***words,
		    struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	if (strv_length(*words) >= UNIT_WORDS_MAX)
		return diag_set(diag, -E2BIG, "more than %d words",
				UNIT_WORDS_MAX);
	if (environment && word[0] == '$' && word[1] &&
	    name_length(word + 1) == strlen(word + 1))
		return split_variable(word, environment, words, diag);
	if (environment)
		substitute(word, environment, &text);
	else
		buf_puts(&text, word);
	if (text.length > UNIT_EXPANDED_MAX)
		return diag_set(diag, -E2BIG, "a word is too long");
	if (buf_check(&text) < 0 || strv_append(words, text.data) < 0)
		return diag_oom(diag);
	return 0;
}

static size_t take_prefixes(const char *value, char *ret_prefixes)
{
	size_t length = strspn(value, "-@:+!|");

	if (length > 7)
		length = 7;
	memcpy(ret_prefixes, value, length);
	ret_prefixes[length] = '\0';
	return length;
}

int unit_command(const char *value, const struct unit_specifiers *specifiers,
		 char *const *environment, char *ret_prefixes,
		 char ***ret_words, struct diag *diag)
{
	static char *const nothing[] = { NULL };
	char **raw = NULL, **words = NULL;
	size_t skip = take_prefixes(value, ret_prefixes);
	bool literal = strchr(ret_prefixes, ':') != NULL;
	int r = unit_words(value + skip, &raw, diag);

	for (size_t i = 0; r == 0 && raw[i]; i++) {
		CLEANUP_BUF struct buf word = BUF_INIT;
		char unknown = '\0';

		if (i == 1 && strchr(ret_prefixes, '@'))
			continue; /* what it would be called */
		if (strcmp(raw[i], ";") == 0)
			break; /* another command */
		r = unit_expand(specifiers, raw[i], &word, &unknown);
		if (r < 0)
			r = diag_errno(diag, r, "%.64s", raw[i]);
		else
			r = add_word(word.data,
				     literal	   ? NULL
				     : environment ? environment
						   : nothing,
				     &words, diag);
	}
	strv_free(raw);
	if (r == 0 && !words)
		r = diag_set(diag, -EINVAL, "it names no program");
	if (r < 0)
		strv_free(words);
	else
		*ret_words = words;
	return r;
}
