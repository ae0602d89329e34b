#include "lib/lex_here.h"

#include "lib/buf.h"

#include <errno.h>
#include <string.h>

static bool in_mark(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

int here_mark_read(struct lexer *lexer, struct here_mark *ret_mark,
		   struct diag *diag)
{
	const char *line = lexer->text->lines[lexer->line];
	struct here_mark mark = {
		.at = lex_location(lexer->text, lexer->line, lexer->at),
	};
	size_t at = lexer->at + 2, length;
	char quote = '\0';

	if (line[at] == '-') {
		mark.strip_tabs = true;
		at++;
	}
	if (line[at] == '\'' || line[at] == '"') {
		mark.literal = true;
		quote = line[at++];
	}
	length = 0;
	while (in_mark(line[at + length]))
		length++;
	if (length == 0 || length >= sizeof(mark.end)) {
		location_error(diag, -EINVAL, &mark.at,
			       length == 0
				       ? "'<<' without a word behind it"
				       : "the word behind '<<' is too long");
		diag_hint(diag, "a here-document begins with <<EOF and ends "
				"with a line that is EOF; \"<<\" is a word");
		return -EINVAL;
	}
	memcpy(mark.end, line + at, length);
	at += length;
	if (quote != '\0' && line[at++] != quote)
		return location_error(diag, -EINVAL, &mark.at,
				      "the quote behind '<<' is not closed");
	if (line[at] != '\0' && line[at] != ' ' && line[at] != '\t')
		return location_error(diag, -EINVAL, &mark.at,
				      "the word behind '<<' may only have "
				      "letters, digits, '_', '-' and '.'");
	lexer->at = at;
	*ret_mark = mark;
	return 0;
}

/* The rest of the current line, from lexer->at, with what it substitutes. */
static int substitute_line(struct lexer *lexer, struct buf *text,
			   struct diag *diag)
{
	const char *line = lexer->text->lines[lexer->line];
	const char *at = line + lexer->at;

	while (*at != '\0') {
		size_t length = strcspn(at, "$\\");
		struct location place;
		int error;

		buf_append(text, at, length);
		at += length;
		if ((at[0] == '\\' || at[0] == '$') && at[1] == '$') {
			buf_putc(text, '$');
			at += 2;
		} else if (at[0] == '$' && at[1] == '{') {
			place = lex_location(lexer->text, lexer->line,
					     (size_t)(at - line));
			error = variables_expand(lexer->variables, &at, &place,
						 text, diag);
			if (error < 0)
				return error;
		} else if (*at != '\0') {
			buf_putc(text, *at++);
		}
		if (text->length > LEX_HERE_MAX)
			return 0; /* refused by the caller */
	}
	return 0;
}

static int not_ended(const struct lexer *lexer, const struct here_mark *mark,
		     size_t first, struct diag *diag)
{
	location_error(diag, -EINVAL, &mark->at,
		       "the here-document has no end: no line is '%s'",
		       mark->end);
	for (size_t i = first; i < lexer->text->line_count; i++) {
		const char *line = lexer->text->lines[i];
		size_t blanks = strspn(line, " \t");
		size_t length = strlen(mark->end);

		if (strncmp(line + blanks, mark->end, length) != 0 ||
		    line[blanks + length +
			 strspn(line + blanks + length, " \t")] != '\0')
			continue;
		diag_hint(diag,
			  "line %zu has blanks around it; only tabs in front "
			  "are allowed, and with <<-%s",
			  i + 1, mark->end);
		break;
	}
	return -EINVAL;
}

int here_read(struct lexer *lexer, const struct here_mark *mark,
	      struct lex_statement *statement, struct diag *diag)
{
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t first = lexer->line;

	for (;; lexer->line++) {
		const char *line;
		int error = 0;

		if (lexer->line >= lexer->text->line_count)
			return not_ended(lexer, mark, first, diag);
		line = lexer->text->lines[lexer->line];
		lexer->at = mark->strip_tabs ? strspn(line, "\t") : 0;
		if (strcmp(line + lexer->at, mark->end) == 0)
			break;
		if (strlen(line) > LEX_HERE_LINE_MAX) {
			struct location at = lex_location(
				lexer->text, lexer->line, LEX_HERE_LINE_MAX);

			return location_error(
				diag, -EINVAL, &at,
				"the line is longer than %d bytes",
				LEX_HERE_LINE_MAX);
		}
		if (mark->literal)
			buf_puts(&text, line + lexer->at);
		else
			error = substitute_line(lexer, &text, diag);
		if (error < 0)
			return error;
		buf_putc(&text, '\n');
		if (text.length > LEX_HERE_MAX)
			return location_error(
				diag, -EINVAL, &mark->at,
				"the here-document is longer than %d bytes",
				LEX_HERE_MAX);
	}
	lexer->line++;
	lexer->at = 0;
	if (buf_check(&text) < 0)
		return diag_oom(diag);
	statement->has_here = true;
	statement->here_at = mark->at;
	statement->here_length = text.length;
	statement->here = text.length > 0 ? buf_steal(&text) : strdup("");
	return statement->here ? 0 : diag_oom(diag);
}
