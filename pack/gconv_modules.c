#include "pack/gconv_modules.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A piece of the text. */
struct piece {
	const char *text;
	size_t length;
};

enum { PIECES_MAX = 4, ALIASES_MAX = 8 /* one behind the other */ };

/* The words of a line, at most PIECES_MAX of them. */
static size_t split(const char *line, size_t length, struct piece *pieces)
{
	const char *end = line + length;
	size_t count = 0;

	while (count < PIECES_MAX) {
		while (line < end && strchr(" \t\r", *line))
			line++;
		if (line == end || *line == '#')
			break;
		pieces[count].text = line;
		while (line < end && !strchr(" \t\r", *line))
			line++;
		pieces[count].length = (size_t)(line - pieces[count].text);
		count++;
	}
	return count;
}

static bool is_word(const struct piece *piece, const char *word)
{
	return piece->length == strlen(word) &&
	       strncmp(piece->text, word, piece->length) == 0;
}

/* Without the slashes that may end a name. */
static size_t name_length(const struct piece *name)
{
	size_t length = name->length;

	while (length && name->text[length - 1] == '/')
		length--;
	return length;
}

static bool is_charset(const struct piece *piece, const struct piece *charset)
{
	size_t length = name_length(piece);

	return length == name_length(charset) &&
	       strncasecmp(piece->text, charset->text, length) == 0;
}

static const char *next_line(const char *text, size_t *ret_length)
{
	*ret_length = strcspn(text, "\n");
	return text + *ret_length + (text[*ret_length] == '\n');
}

/* What a name is an alias of: true, and *charset is the other one. */
static bool follow_alias(const char *text, struct piece *charset)
{
	struct piece pieces[PIECES_MAX];

	while (*text) {
		size_t length;
		const char *next = next_line(text, &length);

		if (split(text, length, pieces) >= 3 &&
		    is_word(&pieces[0], "alias") &&
		    is_charset(&pieces[1], charset)) {
			*charset = pieces[2];
			return true;
		}
		text = next;
	}
	return false;
}

static int add_file(const struct piece *piece, char ***files)
{
	CLEANUP_FREE char *file = strndup(piece->text, piece->length);

	if (!file)
		return -ENOMEM;
	if (strchr(file, '/'))
		return 0;
	for (size_t i = 0; *files && (*files)[i]; i++) {
		if (strcmp((*files)[i], file) == 0)
			return 0;
	}
	return strv_append(files, file);
}

int gconv_modules_find(const char *text, const char *charset, char ***files)
{
	struct piece wanted = { charset, strlen(charset) };
	struct piece pieces[PIECES_MAX];
	int r = 0;

	for (int i = 0; i < ALIASES_MAX && follow_alias(text, &wanted);)
		i++;
	while (r == 0 && *text) {
		size_t length;
		const char *next = next_line(text, &length);

		if (split(text, length, pieces) == PIECES_MAX &&
		    is_word(&pieces[0], "module") &&
		    (is_charset(&pieces[1], &wanted) ||
		     is_charset(&pieces[2], &wanted)))
			r = add_file(&pieces[3], files);
		text = next;
	}
	return r;
}
