/*
 * What a PHP text includes, as far as it can be told from the text. Pure;
 * nothing is run.
 *
 *     require 'a.php'; include_once(__DIR__ . '/../b.php');
 *
 * Syntax: "include" and "Basic syntax" in the PHP manual. Comments, strings,
 * here-documents and what is outside of <?php ?> are passed over.
 */
#ifndef JAILPACK_PHP_INCLUDES_H
#define JAILPACK_PHP_INCLUDES_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

enum { PHP_INCLUDES_MAX = 16384 /* in one file; more are passed over */ };

struct php_include {
	char *path;	     /* as it stands there, put together */
	bool from_file;	     /* it begins with __DIR__ or the like */
	unsigned int up;     /* so many directories above that */
	unsigned int number; /* of the line, from 1 */
	bool optional;	     /* include rather than require */
};

struct php_includes {
	struct php_include *includes;
	size_t count;
	unsigned int computed; /* the first line that includes what cannot be
				  told from the text; 0: none */
};

#define PHP_INCLUDES_INIT ((struct php_includes){ 0 })
#define CLEANUP_PHP CLEANUP(php_includes_done)

void php_includes_done(struct php_includes *includes);

int php_includes_parse(const char *text, struct php_includes *ret_includes,
		       struct diag *diag) MUST_CHECK;

#endif
