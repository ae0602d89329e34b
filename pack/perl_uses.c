#include "pack/perl_uses.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { HERE_MAX = 63, WORD_MAX = 255 };

struct parser {
	struct perl_uses uses;
	const char *at;
	unsigned int number;
	char here[HERE_MAX + 1]; /* what ends the here-document to come */
	bool here_indented;
};

void perl_uses_done(struct perl_uses *uses)
{
	for (size_t i = 0; i < uses->count; i++)
		free(uses->uses[i].name);
	free(uses->uses);
	*uses = PERL_USES_INIT;
}

static int add(struct parser *parser, enum perl_kind kind, const char *name,
	       size_t length, bool optional, struct diag *diag)
{
	struct perl_uses *uses = &parser->uses;
	struct perl_use use = { kind, NULL, parser->number, optional };

	if (length == 0 || uses->count >= PERL_USES_MAX)
		return 0;
	use.name = strndup(name, length);
	if (!use.name ||
	    array_grow(&uses->uses, uses->count, sizeof(use)) < 0) {
		free(use.name);
		return diag_oom(diag);
	}
	uses->uses[uses->count++] = use;
	return 0;
}

/* --- Words --- */

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* "IO::Socket": its length, 0 if it is none. */
static size_t module_length(const char *text)
{
	size_t length = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (is_name(text[length]) || (strncmp(text + length, "::", 2) == 0 &&
					 length && is_name(text[length + 2])))
		length += text[length] == ':' ? 2 : 1;
	return length;
}

/* "v5.36", "5.010_001" */
static bool is_version(const char *text)
{
	return isdigit((unsigned char)*text) ||
	       (*text == 'v' && isdigit((unsigned char)text[1]));
}

static const char *skip_space(const char *text)
{
	return text + strspn(text, " \t\r\n");
}

/* What stands in quotes: *text is then behind them. */
static bool quoted(const char **text, const char **ret_word, size_t *ret_length)
{
	const char *begin = *text + 1;
	const char quote[] = { **text, '\n', '\0' };
	size_t length;

	if (**text != '\'' && **text != '"')
		return false;
	length = strcspn(begin, quote);
	if (begin[length] != quote[0])
		return false;
	*ret_word = begin;
	*ret_length = length;
	*text = begin + length + 1;
	return true;
}

/* --- What stands behind `use base` and its like --- */

/* Each word of a list in quotes or qw(), up to the end of the statement. */
static int list_words(struct parser *parser, const char *text,
		      enum perl_kind kind, struct diag *diag)
{
	int r = 0;

	while (r == 0 && *text && *text != ';' && *text != '#') {
		const char *word;
		size_t length;

		if (quoted(&text, &word, &length)) {
			r = add(parser, kind, word, length, false, diag);
		} else if (strncmp(text, "-norequire", 10) == 0) {
			return 0;
		} else if (strncmp(text, "qw", 2) == 0 &&
			   strchr("([{/<| ", text[2])) {
			text = skip_space(text + 2);
			text += *text != '\0';
			for (text = skip_space(text);
			     *text && !strchr(")]}/>|;", *text) && r == 0;
			     text = skip_space(text + length)) {
				length = strcspn(text, " \t\r\n)]}>|;");
				r = add(parser, kind, text, length, false,
					diag);
				if (length == 0)
					return r;
			}
			text += *text && *text != ';';
		} else {
			text++;
		}
	}
	return r;
}

/* use if CONDITION, MODULE => ... */
static int conditional_use(struct parser *parser, const char *text,
			   struct diag *diag)
{
	const char *comma = text + strcspn(text, ",;");
	const char *word;
	size_t length;

	if (*comma != ',')
		return 0;
	comma = skip_space(comma + 1);
	if (quoted(&comma, &word, &length))
		return add(parser, PERL_MODULE, word, length, true, diag);
	return add(parser, PERL_MODULE, comma, module_length(comma), true,
		   diag);
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return strlen(word) == length && strncmp(text, word, length) == 0;
}

static int use_statement(struct parser *parser, const char *text, bool optional,
			 struct diag *diag)
{
	size_t length = module_length(text);
	const char *rest = text + length;
	int r;

	if (is_version(text)) {
		r = add(parser, PERL_MODULE, "strict", 6, true, diag);
		return r ? r
			 : add(parser, PERL_MODULE, "feature", 7, true, diag);
	}
	r = add(parser, PERL_MODULE, text, length, optional, diag);
	if (r < 0)
		return r;
	if (is_word(text, length, "base") || is_word(text, length, "parent") ||
	    is_word(text, length, "autouse"))
		return list_words(parser, rest, PERL_MODULE, diag);
	if (is_word(text, length, "lib"))
		return list_words(parser, rest, PERL_DIRECTORY, diag);
	if (is_word(text, length, "if"))
		return conditional_use(parser, rest, diag);
	return 0;
}

/* require MODULE, require "file", do "file" */
static int require_statement(struct parser *parser, const char *text,
			     bool is_do, struct diag *diag)
{
	const char *word;
	size_t length;

	if (quoted(&text, &word, &length)) {
		if (memchr(word, '$', length) || memchr(word, '@', length)) {
			if (!parser->uses.computed)
				parser->uses.computed = parser->number;
			return 0;
		}
		return add(parser, PERL_FILE, word, length, true, diag);
	}
	if (*text == '$' && !is_do && !parser->uses.computed)
		parser->uses.computed = parser->number;
	if (is_do || is_version(text))
		return 0;
	length = module_length(text);
	/* A bareword with => behind it, or a call, is a name like any. */
	if (strchr("=(-", *skip_space(text + length)) &&
	    *skip_space(text + length))
		return 0;
	return add(parser, PERL_MODULE, text, length, true, diag);
}

/* --- Lines --- */

/* May a statement begin at `at`, of the line that begins at `line`? *ret_eval:
 * it is text that eval gets. */
static bool begins_statement(const char *line, const char *at, bool *ret_eval)
{
	static const char *const before[] = { "and",   "or",  "eval",
					      "else",  "not", "return",
					      "BEGIN", "do",  "unless",
					      "if" };
	const char *end = at;

	*ret_eval = false;
	while (end > line && strchr(" \t", end[-1]))
		end--;
	if (end == line || strchr(";{}(&|!:", end[-1]))
		return true;
	if (end[-1] == '"' || end[-1] == '\'') {
		*ret_eval = true;
		end--;
		while (end > line && strchr(" \t(", end[-1]))
			end--;
		return end - line >= 4 && strncmp(end - 4, "eval", 4) == 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		size_t length = strlen(before[i]);

		if ((size_t)(end - line) >= length &&
		    strncmp(end - length, before[i], length) == 0 &&
		    ((size_t)(end - line) == length ||
		     !is_name(end[-(ptrdiff_t)length - 1])))
			return true;
	}
	return false;
}

/* <<"EOT", <<~EOT, <<'EOT' */
static void note_here(struct parser *parser, const char *at)
{
	const char *end;
	char quote = '\0';
	size_t length;

	at += 2;
	parser->here_indented = *at == '~';
	at += *at == '~';
	if (*at == '"' || *at == '\'')
		quote = *at++;
	else if (!isalpha((unsigned char)*at) && *at != '_')
		return;
	for (end = at;
	     *end && (quote ? *end != quote && *end != '\n' : is_name(*end));)
		end++;
	length = (size_t)(end - at);
	if (length == 0 || length > HERE_MAX)
		return;
	memcpy(parser->here, at, length);
	parser->here[length] = '\0';
}

static int take_word(struct parser *parser, const char *line, const char *at,
		     size_t length, struct diag *diag)
{
	const char *rest = skip_space(at + length);
	bool in_eval;

	if (rest == at + length || !begins_statement(line, at, &in_eval))
		return 0;
	if (is_word(at, length, "use") || is_word(at, length, "no"))
		return use_statement(parser, rest, in_eval, diag);
	if (is_word(at, length, "require"))
		return require_statement(parser, rest, false, diag);
	if (is_word(at, length, "do") && (*rest == '"' || *rest == '\''))
		return require_statement(parser, rest, true, diag);
	return 0;
}

static int take_line(struct parser *parser, const char *line, size_t length,
		     struct diag *diag)
{
	const char *end = line + length, *at = line;
	int r = 0;

	while (r == 0 && at < end) {
		size_t word = 0;

		if (*at == '#' && (at == line || strchr(" \t;{}", at[-1])))
			return 0;
		if (strncmp(at, "<<", 2) == 0 && !*parser->here)
			note_here(parser, at);
		while (at + word < end && is_name(at[word]))
			word++;
		if (word && (at == line || !strchr("$@%&>:-", at[-1])))
			r = take_word(parser, line, at, word, diag);
		at += word ? word : 1;
	}
	return r;
}

/* Is the line the end of the here-document that is open? */
static bool ends_here(const struct parser *parser, const char *line,
		      size_t length)
{
	while (parser->here_indented && length && strchr(" \t", *line)) {
		line++;
		length--;
	}
	length -= length && line[length - 1] == '\r';
	return is_word(line, length, parser->here);
}

static int parse(struct parser *parser, struct diag *diag)
{
	bool pod = false, here = false;
	int r = 0;

	while (r == 0 && *parser->at) {
		const char *line = parser->at;
		size_t length = strcspn(line, "\n");

		parser->number++;
		parser->at += length + (line[length] == '\n');
		if (here) {
			if (ends_here(parser, line, length)) {
				here = false;
				parser->here[0] = '\0';
			}
			continue;
		}
		if (*line == '=' && isalpha((unsigned char)line[1])) {
			pod = strncmp(line, "=cut", 4) != 0;
			continue;
		}
		if (pod)
			continue;
		if (strncmp(line, "__END__", 7) == 0 ||
		    strncmp(line, "__DATA__", 8) == 0)
			break;
		r = take_line(parser, line, length, diag);
		here = *parser->here != '\0';
	}
	return r;
}

int perl_uses_parse(const char *text, struct perl_uses *ret_uses,
		    struct diag *diag)
{
	struct parser parser = { .at = text };
	int r = parse(&parser, diag);

	if (r < 0)
		perl_uses_done(&parser.uses);
	else
		*ret_uses = parser.uses;
	return r;
}
