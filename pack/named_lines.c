#include "pack/named_lines.h"

#include "lib/path.h"
#include "pack/format.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 64 }; /* of a line; more are not looked at */

struct piece {
	const char *text;
	size_t length;
};

struct line {
	struct piece words[WORDS_MAX];
	size_t count;
	unsigned int number; /* of the line that it begins in */
};

struct cursor {
	const char *at;
	unsigned int number;
};

void named_lines_done(struct named_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->lines[i].path);
	free(lines->lines);
	*lines = NAMED_LINES_INIT;
}

/* --- Lines --- */

static void take_word(struct cursor *cursor, struct line *line)
{
	struct piece word = { cursor->at,
			      strcspn(cursor->at, " \t\r\n\"'=(),[];{}") };

	cursor->at += word.length;
	/* "name += (" is like "name = (". */
	if (word.length == 1 && word.text[0] == '+')
		return;
	if (line->count == 0)
		line->number = cursor->number;
	if (line->count < WORDS_MAX)
		line->words[line->count++] = word;
}

/* False at the end of the text, when nothing is left. */
static bool next_line(struct cursor *cursor, struct line *line)
{
	unsigned int open = 0;

	line->count = 0;
	while (*cursor->at) {
		char c = *cursor->at;

		if (c == '#') {
			cursor->at += strcspn(cursor->at, "\n");
			continue;
		}
		if (!strchr(" \t\r\n\"'=(),[];{}", c)) {
			take_word(cursor, line);
			continue;
		}
		cursor->at++;
		cursor->number += c == '\n';
		open += c == '(';
		open -= c == ')' && open;
		if ((c == '\n' && !open) || strchr(";{}", c))
			return true;
	}
	return line->count > 0;
}

/* --- Forms --- */

/* The next word of a form, up to `end`. */
static bool next_form_word(const char **form, const char *end,
			   struct piece *ret_word)
{
	const char *at = *form;

	while (at < end && *at == ' ')
		at++;
	ret_word->text = at;
	while (at < end && *at != ' ')
		at++;
	ret_word->length = (size_t)(at - ret_word->text);
	*form = at;
	return ret_word->length > 0;
}

/*
 * Does a word match one of a form? With a "%" in it, *ret_name is what that
 * stands for; a "*" likewise stands for any text, and one of the two may stand
 * in a word.
 */
static bool matches(const struct piece *form, const struct piece *word,
		    struct piece *ret_name)
{
	const char *wild = NULL;
	size_t before, after;

	for (size_t i = 0; i < form->length && !wild; i++) {
		if (form->text[i] == '%' || form->text[i] == '*')
			wild = form->text + i;
	}
	if (!wild)
		return form->length == word->length &&
		       strncasecmp(form->text, word->text, word->length) == 0;
	before = (size_t)(wild - form->text);
	after = form->length - before - 1;
	if (word->length < before + after ||
	    strncasecmp(form->text, word->text, before) != 0 ||
	    strncasecmp(wild + 1, word->text + word->length - after, after) !=
		    0)
		return false;
	if (*wild == '%')
		*ret_name = (struct piece){ word->text + before,
					    word->length - before - after };
	return true;
}

static int add_path(struct named_lines *lines, const struct piece *name,
		    const struct piece *target, unsigned int number,
		    struct diag *diag)
{
	const char *hole = memchr(target->text, '%', target->length);
	size_t before = hole ? (size_t)(hole - target->text) : target->length;
	struct named_line line = { .number = number };
	CLEANUP_FREE char *path = NULL;

	if (name->length == 0)
		return 0;
	if (name->text[0] == '/')
		path = strndup(name->text, name->length);
	else
		path = format_text("%.*s%.*s%.*s", (int)before, target->text,
				   (int)name->length, name->text,
				   (int)(target->length - before - !!hole),
				   target->text + before + !!hole);
	if (!path)
		return diag_oom(diag);
	if (path[0] != '/')
		return 0;
	line.path = path_normalize(path);
	if (!line.path ||
	    array_grow(&lines->lines, lines->count, sizeof(line)) < 0) {
		free(line.path);
		return diag_oom(diag);
	}
	lines->lines[lines->count++] = line;
	return 0;
}

/* One form, which ends at `end`, against one line. */
static int try_form(struct named_lines *lines, const char *form,
		    const char *end, const struct line *line, struct diag *diag)
{
	static const char rest[] = "%...";
	const char *arrow = memmem(form, (size_t)(end - form), " => ", 4);
	struct piece word, target, name = { 0 };
	size_t i = 0;
	const char *at;

	if (!arrow)
		return 0;
	at = arrow + 4;
	if (!next_form_word(&at, end, &target))
		return 0;
	while (next_form_word(&form, arrow, &word)) {
		bool all = word.length == strlen(rest) &&
			   strncmp(word.text, rest, word.length) == 0;

		for (; all && i < line->count; i++) {
			int r = add_path(lines, &line->words[i], &target,
					 line->number, diag);

			if (r < 0)
				return r;
		}
		if (all)
			return 0;
		if (i == line->count || !matches(&word, &line->words[i], &name))
			return 0;
		i++;
	}
	return add_path(lines, &name, &target, line->number, diag);
}

int named_lines_parse(const char *text, const char *forms,
		      struct named_lines *ret_lines, struct diag *diag)
{
	CLEANUP_NAMED struct named_lines lines = NAMED_LINES_INIT;
	struct cursor cursor = { text, 1 };
	struct line line;

	while (next_line(&cursor, &line)) {
		const char *form = forms;

		while (*form) {
			const char *end = form + strcspn(form, ";");
			int r = try_form(&lines, form, end, &line, diag);

			if (r < 0)
				return r;
			form = end + (*end == ';');
		}
	}
	*ret_lines = lines;
	lines = NAMED_LINES_INIT;
	return 0;
}
