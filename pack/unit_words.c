/* The words of a unit file, and what stands for something else in them. */
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
