#include "lib/lex.h"

#include "lib/buf.h"
#include "lib/lex_here.h"

#include <errno.h>
#include <string.h>

void lex_statement_done(struct lex_statement *statement)
{
	for (size_t i = 0; i < statement->count; i++)
		free(statement->words[i].text);
	free(statement->words);
	free(statement->here);
	*statement = (struct lex_statement){ 0 };
}

/* The bytes from where the reading stands to the end of the line. */
static const char *rest(const struct lexer *lexer)
{
	return lexer->text->lines[lexer->line] + lexer->at;
}

static struct location here(const struct lexer *lexer)
{
	return lex_location(lexer->text, lexer->line, lexer->at);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool ends_word(char c)
{
	return c == '\0' || is_blank(c);
}

/* To be asked at the start of every line but those of a here-document. */
static int check_length(const struct lexer *lexer, struct diag *diag)
{
	struct location at;

	if (strlen(rest(lexer)) <= LEX_LINE_MAX)
		return 0;
	at = lex_location(lexer->text, lexer->line, LEX_LINE_MAX);
	return location_error(diag, -EINVAL, &at,
			      "the line is longer than %d bytes", LEX_LINE_MAX);
}

static void next_line(struct lexer *lexer)
{
	lexer->line++;
	lexer->at = 0;
}

/* A '\' at the end of a line: 1 if it was one and was passed over. */
static int continuation(struct lexer *lexer, struct diag *diag)
{
	const char *at = rest(lexer);
	struct location place = here(lexer);
	int error;

	if (at[0] != '\\')
		return 0;
	if (at[1] != '\0') {
		if (is_blank(at[1]) && at[1 + strspn(at + 1, " \t")] == '\0')
			return location_error(
				diag, -EINVAL, &place,
				"blanks behind the '\\' that is to continue "
				"the line");
		return 0;
	}
	next_line(lexer);
	if (lexer->line >= lexer->text->line_count)
		return location_error(diag, -EINVAL, &place,
				      "a '\\' continues the last line, but "
				      "nothing follows");
	error = check_length(lexer, diag);
	return error < 0 ? error : 1;
}

/* The lexer stands on a '$'. */
static int dollar(struct lexer *lexer, struct buf *word, struct diag *diag)
{
	const char *start = rest(lexer), *at = start;
	struct location place = here(lexer);
	int error;

	if (at[1] == '$') {
		buf_putc(word, '$');
		lexer->at += 2;
		return 0;
	}
	if (at[1] != '{') {
		location_error(diag, -EINVAL, &place, "a '$' by itself");
		diag_hint(diag, "${NAME} is a variable, $$ a dollar sign");
		return -EINVAL;
	}
	error = variables_expand(lexer->variables, &at, &place, word, diag);
	lexer->at += (size_t)(at - start);
	return error;
}

/* The lexer stands on a '\' that does not continue the line. `known` is the
 * characters that it may precede; n and t are newline and tab if they are
 * among them. */
static int escape(struct lexer *lexer, const char *known, struct buf *word,
		  struct diag *diag)
{
	char c = rest(lexer)[1];
	struct location place = here(lexer);

	if (!strchr(known, c)) {
		location_error(diag, -EINVAL, &place, "unknown escape");
		diag_hint(diag, "\\\\ is a backslash");
		return -EINVAL;
	}
	buf_putc(word, c == 'n' ? '\n' : c == 't' ? '\t' : c);
	lexer->at += 2;
	return 0;
}

/* The lexer stands on the opening quote. */
static int quoted(struct lexer *lexer, struct buf *word, struct diag *diag)
{
	struct location open = here(lexer);
	char quote = *rest(lexer);

	lexer->at++;
	for (;;) {
		const char *at = rest(lexer);
		int error = 0;

		if (*at == quote)
			break;
		if (*at == '\0') {
			location_error(diag, -EINVAL, &open,
				       "the quote is not closed");
			if (quote == '\'')
				diag_hint(diag, "\\' is an apostrophe");
			return -EINVAL;
		}
		if (quote == '\'' || (*at != '\\' && *at != '$')) {
			buf_putc(word, *at);
			lexer->at++;
		} else if (*at == '$') {
			error = dollar(lexer, word, diag);
		} else {
			error = continuation(lexer, diag);
			if (error == 0)
				error = escape(lexer, "\"\\$nt", word, diag);
		}
		if (error < 0)
			return error;
	}
	lexer->at++;
	return 0;
}

/* One step in a word: a character, an escape, a quoted part, a variable. */
static int word_part(struct lexer *lexer, struct buf *word, bool *plain,
		     struct diag *diag)
{
	char c = *rest(lexer);
	int error;

	if (c == '\\') {
		error = continuation(lexer, diag);
		if (error != 0)
			return error;
	}
	if (!strchr("\\\"'$", c)) {
		buf_putc(word, c);
		lexer->at++;
		return 0;
	}
	*plain = false;
	if (c == '$')
		return dollar(lexer, word, diag);
	if (c == '\\')
		return escape(lexer, "\"'\\$#; ", word, diag);
	return quoted(lexer, word, diag);
}

static int read_word(struct lexer *lexer, struct lex_statement *statement,
		     struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	struct lex_word word = { .at = here(lexer), .plain = true };

	if (statement->count >= LEX_WORDS_MAX)
		return location_error(diag, -EINVAL, &word.at,
				      "more than %d words", LEX_WORDS_MAX);
	while (!ends_word(*rest(lexer))) {
		int error = word_part(lexer, &text, &word.plain, diag);

		if (error < 0)
			return error;
		if (text.length > LEX_WORD_MAX)
			return location_error(
				diag, -EINVAL, &word.at,
				"the word is longer than %d bytes",
				LEX_WORD_MAX);
	}
	if (buf_check(&text) < 0 ||
	    array_grow(&statement->words, statement->count, sizeof(word)) < 0)
		return diag_oom(diag);
	word.text = text.data ? buf_steal(&text) : strdup("");
	if (!word.text)
		return diag_oom(diag);
	statement->words[statement->count++] = word;
	return 0;
}

/* Past blanks and continuations; then at the end of the line or a comment? */
static int skip_blanks(struct lexer *lexer, bool *ret_end, struct diag *diag)
{
	int error;

	do {
		lexer->at += strspn(rest(lexer), " \t");
		error = continuation(lexer, diag);
	} while (error > 0);
	if (error < 0)
		return error;
	*ret_end = *rest(lexer) == '\0' || *rest(lexer) == '#';
	return 0;
}

static int read_here(struct lexer *lexer, struct lex_statement *statement,
		     struct diag *diag)
{
	struct here_mark mark;
	struct location at;
	bool end = false;
	int error;

	error = here_mark_read(lexer, &mark, diag);
	if (error == 0)
		error = skip_blanks(lexer, &end, diag);
	if (error < 0)
		return error;
	at = here(lexer);
	if (!end)
		return location_error(
			diag, -EINVAL, &at,
			"'<<%s' must be the last word of its line", mark.end);
	next_line(lexer);
	return here_read(lexer, &mark, statement, diag);
}

/* Words up to the end of the statement: 1 if there were any, 0 if not. */
static int read_statement(struct lexer *lexer, struct lex_statement *statement,
			  struct diag *diag)
{
	int error;

	lexer->variables->directive = NULL;
	for (;;) {
		bool end;

		if (statement->count > 0)
			lexer->variables->directive = statement->words[0].text;
		error = skip_blanks(lexer, &end, diag);
		if (error < 0)
			return error;
		if (end) {
			next_line(lexer);
			lexer->semicolon = false;
			break;
		}
		if (*rest(lexer) == ';' && ends_word(rest(lexer)[1])) {
			lexer->at++;
			lexer->semicolon |= statement->count > 0;
			break;
		}
		if (statement->count > 0 && strncmp(rest(lexer), "<<", 2) == 0)
			error = read_here(lexer, statement, diag);
		else
			error = read_word(lexer, statement, diag);
		if (error < 0)
			return error;
		if (statement->has_here) {
			lexer->semicolon = false;
			break;
		}
	}
	return statement->count > 0;
}

int lex_next(struct lexer *lexer, struct lex_statement *ret_statement,
	     struct diag *diag)
{
	struct lex_statement statement = { 0 };
	int result = 0;

	while (result == 0 && lexer->line < lexer->text->line_count) {
		if (lexer->at == 0)
			result = check_length(lexer, diag);
		statement.joined = lexer->semicolon;
		if (result == 0)
			result = read_statement(lexer, &statement, diag);
	}
	lexer->variables->directive = NULL;
	if (result > 0)
		*ret_statement = statement;
	else
		lex_statement_done(&statement);
	return result;
}
