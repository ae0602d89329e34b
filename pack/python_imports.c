#include "pack/python_imports.h"

#include "pack/python_lines.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What a block that a line stands in makes of its imports. */
enum block_kind {
	BLOCK_PLAIN,
	BLOCK_OPTIONAL, /* try, if */
	BLOCK_FUNCTION,
	BLOCK_NEVER, /* does not count */
};

struct block {
	unsigned int indent;
	enum block_kind kind;
};

struct parser {
	struct python_imports imports;
	bool main;
	struct block blocks[PYTHON_DEPTH_MAX];
	size_t depth;
	unsigned int number; /* of the line at hand */
};

static void import_done(struct python_import *import)
{
	free(import->module);
	free(import->name);
}

void python_imports_done(struct python_imports *imports)
{
	for (size_t i = 0; i < imports->count; i++)
		import_done(&imports->imports[i]);
	free(imports->imports);
	*imports = PYTHON_IMPORTS_INIT;
}

static bool is_within(const struct parser *parser, enum block_kind kind)
{
	for (size_t i = 0; i < parser->depth; i++) {
		if (parser->blocks[i].kind == kind)
			return true;
	}
	return false;
}

/* --- Words --- */

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " ");
}

/* The name at `text`, with dots in it if `dotted`: its length. */
static size_t name_length(const char *text, bool dotted)
{
	size_t length = 0;

	while (is_name(text[length]) || (dotted && text[length] == '.'))
		length++;
	return length;
}

/* Does the text begin with this word? Then *text is behind it. */
static bool take_keyword(const char **text, const char *word)
{
	const char *at = skip_blanks(*text);
	size_t length = strlen(word);

	if (strncmp(at, word, length) != 0 || is_name(at[length]))
		return false;
	*text = at + length;
	return true;
}

/* --- Statements --- */

static int add(struct parser *parser, unsigned int level, const char *module,
	       size_t module_length, const char *name, size_t name_size,
	       struct diag *diag)
{
	struct python_imports *imports = &parser->imports;
	struct python_import import = {
		.level = level,
		.number = parser->number,
		.optional = is_within(parser, BLOCK_OPTIONAL),
		.lazy = is_within(parser, BLOCK_FUNCTION),
	};

	if (imports->count >= PYTHON_IMPORTS_MAX)
		return 0;
	import.module = strndup(module, module_length);
	import.name = name ? strndup(name, name_size) : NULL;
	if (!import.module || (name && !import.name) ||
	    array_grow(&imports->imports, imports->count, sizeof(import)) < 0) {
		import_done(&import);
		return diag_oom(diag);
	}
	imports->imports[imports->count++] = import;
	return 0;
}

/* import a.b as c, d */
static int import_statement(struct parser *parser, const char *text,
			    struct diag *diag)
{
	for (;;) {
		size_t length;
		int r;

		text = skip_blanks(text);
		length = name_length(text, true);
		if (length == 0)
			return 0;
		r = add(parser, 0, text, length, NULL, 0, diag);
		if (r < 0)
			return r;
		text = strchr(text + length, ',');
		if (!text)
			return 0;
		text++;
	}
}

/* from ..a.b import (c as d, e) */
static int from_statement(struct parser *parser, const char *text,
			  struct diag *diag)
{
	unsigned int level = 0;
	const char *module;
	size_t length;

	for (text = skip_blanks(text); *text == '.' || *text == ' '; text++)
		level += *text == '.';
	module = text;
	length = take_keyword(&text, "import") ? 0 : name_length(text, true);
	text += length;
	if (length ? !take_keyword(&text, "import") : level == 0)
		return 0;
	text = skip_blanks(text);
	text += *text == '(';
	for (;;) {
		size_t size;
		int r;

		text = skip_blanks(text);
		size = *text == '*' ? 1 : name_length(text, false);
		if (size == 0)
			return 0;
		r = add(parser, level, module, length, text, size, diag);
		if (r < 0)
			return r;
		text += size;
		text = strchr(text, ',');
		if (!text)
			return 0;
		text++;
	}
}

/* __import__('a.b'), importlib.import_module('a') */
static int calls(struct parser *parser, const char *text, const char *function,
		 struct diag *diag)
{
	const char *at = text;
	int r = 0;

	while (r == 0 && (at = strstr(at, function))) {
		bool begins = at == text || !is_name(at[-1]);
		const char *name = skip_blanks(at + strlen(function));
		size_t length;

		at += strlen(function);
		if (!begins || *name != '(')
			continue;
		name = skip_blanks(name + 1);
		length = *name == '\'' ? name_length(name + 1, true) : 0;
		if (length && name[1] != '.' && name[length + 1] == '\'')
			r = add(parser, 0, name + 1, length, NULL, 0, diag);
		else if (!parser->imports.computed)
			parser->imports.computed = parser->number;
	}
	return r;
}

static int simple_statement(struct parser *parser, const char *text,
			    struct diag *diag)
{
	if (is_within(parser, BLOCK_NEVER))
		return 0;
	if (take_keyword(&text, "import"))
		return import_statement(parser, text, diag);
	if (take_keyword(&text, "from"))
		return from_statement(parser, text, diag);
	return 0;
}

/* --- Blocks --- */

/* Of "if CONDITION:" */
static enum block_kind kind_of_condition(const struct parser *parser,
					 const char *condition)
{
	if (strstr(condition, "TYPE_CHECKING") && !strstr(condition, "not "))
		return BLOCK_NEVER;
	if (strstr(condition, "__name__") && strstr(condition, "'__main__'"))
		return parser->main ? BLOCK_PLAIN : BLOCK_NEVER;
	return BLOCK_OPTIONAL;
}

/* What a line opens a block of, if it does. */
static bool opens_block(const struct parser *parser, const char *text,
			enum block_kind *ret_kind)
{
	static const char *const optional[] = { "try",	"except",  "else",
						"elif", "finally", "while",
						"for",	"with",	   "match",
						"case" };

	(void)take_keyword(&text, "async");
	if (take_keyword(&text, "def")) {
		*ret_kind = BLOCK_FUNCTION;
		return true;
	}
	if (take_keyword(&text, "class")) {
		*ret_kind = BLOCK_PLAIN;
		return true;
	}
	if (take_keyword(&text, "if")) {
		*ret_kind = kind_of_condition(parser, text);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++) {
		if (take_keyword(&text, optional[i])) {
			*ret_kind = BLOCK_OPTIONAL;
			return true;
		}
	}
	return false;
}

/* The colon that ends the head of a block: not one in brackets or quotes. */
static const char *end_of_head(const char *text)
{
	unsigned int open = 0;
	bool quoted = false;

	for (; *text; text++) {
		quoted = quoted != (*text == '\'');
		if (quoted)
			continue;
		open += strchr("([{", *text) != NULL;
		open -= open && strchr(")]}", *text);
		if (*text == ':' && !open)
			return text;
	}
	return NULL;
}

static void close_blocks(struct parser *parser, unsigned int indent)
{
	while (parser->depth &&
	       parser->blocks[parser->depth - 1].indent >= indent)
		parser->depth--;
}

/* Statements behind one another. */
static int statements(struct parser *parser, char *text, struct diag *diag)
{
	int r = 0;

	while (r == 0 && text) {
		char *next = text;
		bool quoted = false;

		while (*next && (quoted || *next != ';')) {
			quoted = quoted != (*next == '\'');
			next++;
		}
		next = *next ? next : NULL;
		if (next)
			*next++ = '\0';
		r = simple_statement(parser, text, diag);
		text = next;
	}
	return r;
}

static int take_line(struct parser *parser, const struct python_line *line,
		     struct diag *diag)
{
	char *text = line->text.data;
	enum block_kind kind;
	const char *colon;
	int r = 0;

	parser->number = line->number;
	close_blocks(parser, line->indent);
	if (!is_within(parser, BLOCK_NEVER)) {
		r = calls(parser, text, "__import__", diag);
		if (r == 0)
			r = calls(parser, text, "import_module", diag);
	}
	if (r < 0)
		return r;
	if (!opens_block(parser, text, &kind))
		return statements(parser, text, diag);
	if (parser->depth < PYTHON_DEPTH_MAX)
		parser->blocks[parser->depth++] =
			(struct block){ line->indent, kind };
	colon = end_of_head(text);
	return colon ? statements(parser, text + (colon + 1 - text), diag) : 0;
}

int python_imports_parse(const char *text, bool main,
			 struct python_imports *ret_imports, struct diag *diag)
{
	struct parser parser = { .main = main };
	struct python_cursor cursor = { text, 1 };
	struct python_line line = { .text = BUF_INIT };
	int r = 0;

	while (r == 0 && python_next_line(&cursor, &line))
		r = buf_check(&line.text) < 0 ? diag_oom(diag)
					      : take_line(&parser, &line, diag);
	buf_done(&line.text);
	if (r < 0)
		python_imports_done(&parser.imports);
	else
		*ret_imports = parser.imports;
	return r;
}
