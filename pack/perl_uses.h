/*
 * What a Perl text takes in: use, no, require and do with what can be told
 * from the text. Pure; nothing is run.
 *
 * Syntax: perlfunc(1), perlpod(1), "Quote and Quote-like Operators" in
 * perlop(1). Perl cannot be parsed without being run; a statement is taken for
 * one where such a word begins a line or follows what ends a statement.
 */
#ifndef JAILPACK_PERL_USES_H
#define JAILPACK_PERL_USES_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

enum { PERL_USES_MAX = 16384 /* in one file; more are passed over */ };

enum perl_kind {
	PERL_MODULE,	/* name: "IO::Socket" */
	PERL_FILE,	/* name: "lib/x.pl" */
	PERL_DIRECTORY, /* name: of `use lib` */
};

struct perl_use {
	enum perl_kind kind;
	char *name;
	unsigned int number; /* of the line, from 1 */
	bool optional;	     /* not before something else is run */
};

struct perl_uses {
	struct perl_use *uses;
	size_t count;
	unsigned int computed; /* the first line that takes in what cannot be
				  told from the text; 0: none */
};

#define PERL_USES_INIT ((struct perl_uses){ 0 })
#define CLEANUP_PERL CLEANUP(perl_uses_done)

void perl_uses_done(struct perl_uses *uses);

int perl_uses_parse(const char *text, struct perl_uses *ret_uses,
		    struct diag *diag) MUST_CHECK;

/*
 * What the interpreter takes in unsaid. By the module that is used: words, or
 * NULL; with "/" in it a word is a pattern of files on the path.
 */
const char *perl_implied(const char *module);

/* By the i-th sign in the text: words, or NULL past the last sign. *ret_has is
 * whether the text has it. */
const char *perl_implied_by_sign(size_t i, const char *text, bool *ret_has);

/* True for modules such as Test::More that others take in at run time only
 * for those who develop with them. */
bool perl_is_for_development(const char *module);

#endif
