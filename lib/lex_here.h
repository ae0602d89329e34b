/*
 * Here-documents: the mark that announces one, "<<EOF", and the lines up to
 * the one that ends it.
 */
#ifndef JAIL_LEX_HERE_H
#define JAIL_LEX_HERE_H

#include "lib/lex.h"

/* <<END, <<-END, <<'END': END is letters, digits, '_', '-', '.'. */
struct here_mark {
	char end[64];
	bool strip_tabs; /* <<-: tabs at the start of lines are left out */
	bool literal;	 /* quoted: nothing is substituted */
	struct location at;
};

/* The lexer stands on "<<" and moves behind the mark. */
int here_mark_read(struct lexer *lexer, struct here_mark *ret_mark,
		   struct diag *diag) MUST_CHECK;

/* The lexer stands at the start of a line and moves behind the line that
 * ends the here-document, which goes into the statement. */
int here_read(struct lexer *lexer, const struct here_mark *mark,
	      struct lex_statement *statement, struct diag *diag) MUST_CHECK;

#endif
