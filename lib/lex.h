/*
 * A text of directives, a recipe or the host's settings, taken apart into
 * statements of words. jail-recipe(5), SYNTAX, is the description.
 *
 * Lines are joined and split as the text is read, statement by statement, so
 * that a `set` counts from the next statement on.
 */
#ifndef JAIL_LEX_H
#define JAIL_LEX_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/location.h"
#include "lib/variables.h"

#include <stdbool.h>

enum {
	LEX_TEXT_MAX = 1 << 20,	   /* bytes in a file */
	LEX_LINE_MAX = 4096,	   /* bytes in a line */
	LEX_HERE_LINE_MAX = 65536, /* bytes in a line of a here-document */
	LEX_HERE_MAX = 1 << 20,	   /* bytes in a here-document, substituted */
	LEX_WORD_MAX = 65536,	   /* bytes in a word, substituted */
	LEX_WORDS_MAX = 1024,	   /* words in a statement */
};

/* A file in memory: valid UTF-8 without control characters, in lines. */
struct lex_text {
	char *file;    /* name, for locations */
	char *content; /* with NUL for each newline */
	char **lines;  /* each in `content`, not NULL-terminated */
	size_t line_count;
};

/* Copies both; -EINVAL for anything that is not such a text. */
int lex_text_init(struct lex_text *text, const char *file, const char *content,
		  size_t length, struct diag *diag) MUST_CHECK;
void lex_text_done(struct lex_text *text);

struct lex_word {
	char *text;
	struct location at;
	bool plain; /* written as it is: nothing quoted or substituted */
};

struct lex_statement {
	struct lex_word *words; /* at least one */
	size_t count;
	bool joined; /* a ';' stands between it and the one before */
	bool has_here;
	struct location here_at; /* of the "<<" */
	char *here;		 /* the here-document, substituted */
	size_t here_length;
};

#define CLEANUP_STATEMENT CLEANUP(lex_statement_done)

void lex_statement_done(struct lex_statement *statement);

/* Where the reading stands. Begin with text and variables, the rest zero. */
struct lexer {
	const struct lex_text *text;
	struct variables *variables;
	size_t line;	/* index of the current line */
	size_t at;	/* byte in it */
	bool semicolon; /* a statement of the same line ended in a ';' */
};

/*
 * The next statement: 1 and *ret_statement, which the caller releases; 0 at
 * the end of the text; -EINVAL for a mistake.
 */
int lex_next(struct lexer *lexer, struct lex_statement *ret_statement,
	     struct diag *diag) MUST_CHECK;

/* The place of byte `at` in line `line`, both counted from 0. */
struct location lex_location(const struct lex_text *text, size_t line,
			     size_t at);

#endif
