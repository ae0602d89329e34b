#include "pack/php_includes.h"

#include "lib/buf.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { UP_MAX = 64 };

struct parser {
	struct php_includes includes;
	const char *at;
	unsigned int number;
};

void php_includes_done(struct php_includes *includes)
{
	for (size_t i = 0; i < includes->count; i++)
		free(includes->includes[i].path);
	free(includes->includes);
	*includes = PHP_INCLUDES_INIT;
}

static void step(struct parser *parser, size_t count)
{
	for (; count && *parser->at; count--) {
		parser->number += *parser->at == '\n';
		parser->at++;
	}
}

/* To behind the next `sign`, or the end. */
static void skip_past(struct parser *parser, const char *sign)
{
	const char *found = strstr(parser->at, sign);

	step(parser, found ? (size_t)(found - parser->at) + strlen(sign)
			   : strlen(parser->at));
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static void skip_space(struct parser *parser)
{
	step(parser, strspn(parser->at, " \t\r\n"));
}

/* A string at parser->at: false if it holds variables or escapes. */
static bool take_string(struct parser *parser, struct buf *text)
{
	const char quote = *parser->at;
	bool plain = true;

	step(parser, 1);
	while (*parser->at && *parser->at != quote) {
		if (*parser->at == '\\' || (quote == '"' && *parser->at == '$'))
			plain = false;
		if (*parser->at == '\\' && parser->at[1])
			step(parser, 1);
		buf_append(text, parser->at, 1);
		step(parser, 1);
	}
	step(parser, 1);
	return plain;
}

static bool take_word(struct parser *parser, const char *word)
{
	size_t length = strlen(word);

	if (strncasecmp(parser->at, word, length) != 0 ||
	    is_name(parser->at[length]))
		return false;
	step(parser, length);
	skip_space(parser);
	return true;
}

/* __DIR__, dirname(__FILE__), dirname(__DIR__), one in the other. */
static bool take_place(struct parser *parser, unsigned int depth,
		       unsigned int *up)
{
	if (take_word(parser, "__DIR__"))
		return true;
	if (take_word(parser, "__FILE__")) {
		*up -= 1; /* dirname() of the file is its directory */
		return true;
	}
	if (depth == 0 || !take_word(parser, "dirname") || *parser->at != '(')
		return false;
	step(parser, 1);
	skip_space(parser);
	*up += 1;
	if (!take_place(parser, depth - 1, up) || *parser->at != ')')
		return false;
	step(parser, 1);
	skip_space(parser);
	return true;
}

/* Parts with dots between them, up to what ends the expression. */
static bool take_expression(struct parser *parser, struct php_include *include,
			    struct buf *path)
{
	bool first = true;

	if (*parser->at == '(') {
		step(parser, 1);
		skip_space(parser);
	}
	for (;; first = false) {
		if (*parser->at == '\'' || *parser->at == '"') {
			if (!take_string(parser, path))
				return false;
		} else if (first && take_place(parser, 8, &include->up)) {
			include->from_file = true;
		} else {
			return false;
		}
		skip_space(parser);
		if (*parser->at != '.')
			break;
		step(parser, 1);
		skip_space(parser);
	}
	return include->up <= UP_MAX &&
	       (*parser->at == ';' || *parser->at == ')' ||
		strncmp(parser->at, "?>", 2) == 0);
}

static int take_include(struct parser *parser, bool optional, struct diag *diag)
{
	struct php_include include = { .number = parser->number,
				       .optional = optional };
	struct php_includes *includes = &parser->includes;
	CLEANUP_BUF struct buf path = BUF_INIT;

	skip_space(parser);
	buf_puts(&path, "");
	if (!take_expression(parser, &include, &path)) {
		if (!includes->computed)
			includes->computed = include.number;
		return 0;
	}
	if (includes->count >= PHP_INCLUDES_MAX)
		return 0;
	include.path = buf_steal(&path);
	if (!include.path || array_grow(&includes->includes, includes->count,
					sizeof(include)) < 0) {
		free(include.path);
		return diag_oom(diag);
	}
	includes->includes[includes->count++] = include;
	return 0;
}

/* <<<EOT, <<<'EOT': to the line that begins with the word. */
static void skip_here(struct parser *parser)
{
	const char *word;
	size_t length = 0;

	step(parser, 3);
	step(parser, strspn(parser->at, " \t'\""));
	word = parser->at;
	while (is_name(word[length]))
		length++;
	while (length && *parser->at) {
		const char *line;

		step(parser, strcspn(parser->at, "\n"));
		step(parser, 1);
		line = parser->at + strspn(parser->at, " \t");
		if (strncmp(line, word, length) == 0 &&
		    !is_name(line[length])) {
			step(parser, (size_t)(line - parser->at) + length);
			return;
		}
	}
}

static int take_name(struct parser *parser, struct diag *diag)
{
	static const char *const words[] = { "include", "include_once",
					     "require", "require_once" };
	const char *name = parser->at;
	size_t length = 0;

	while (is_name(name[length]))
		length++;
	step(parser, length);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) == length &&
		    strncasecmp(words[i], name, length) == 0)
			return take_include(parser, i < 2, diag);
	}
	return 0;
}

/* Within <?php, up to the end of it. */
static int code(struct parser *parser, struct diag *diag)
{
	CLEANUP_BUF struct buf unused = BUF_INIT;
	int r = 0;

	while (r == 0 && *parser->at && strncmp(parser->at, "?>", 2) != 0) {
		const char *at = parser->at;

		if (*at == '#' || strncmp(at, "//", 2) == 0) {
			/* "?>" ends a comment of one line, too. */
			const char *end = at + strcspn(at, "\n");
			const char *close =
				memmem(at, (size_t)(end - at), "?>", 2);

			step(parser, (size_t)((close ? close : end) - at));
		} else if (strncmp(at, "/*", 2) == 0) {
			skip_past(parser, "*/");
		} else if (strncmp(at, "<<<", 3) == 0) {
			skip_here(parser);
		} else if (*at == '\'' || *at == '"') {
			(void)take_string(parser, &unused);
			buf_reset(&unused);
		} else if (*at == '$' || *at == '>' || *at == ':') {
			/* $require, ->include(), X::require() */
			step(parser, 1);
			while (is_name(*parser->at))
				step(parser, 1);
		} else if (is_name(*at)) {
			r = take_name(parser, diag);
		} else {
			step(parser, 1);
		}
	}
	step(parser, 2);
	return r;
}

int php_includes_parse(const char *text, struct php_includes *ret_includes,
		       struct diag *diag)
{
	struct parser parser = { .at = text, .number = 1 };
	int r = 0;

	while (r == 0 && *parser.at) {
		skip_past(&parser, "<?");
		if (*parser.at)
			r = code(&parser, diag);
	}
	if (r < 0)
		php_includes_done(&parser.includes);
	else
		*ret_includes = parser.includes;
	return r;
}
