/*
 * Files of sections, keys and values: what openssl.cnf, php.ini and their like
 * have in common. Pure.
 *
 *     [section]
 *     key = value     ; or # a comment
 *     .include FILE
 *
 * A comment begins with the line or behind a blank. Quotes around a value are
 * taken off. A backslash at the end of a line continues it. What looks
 * different is passed over.
 */
#ifndef JAILPACK_INI_H
#define JAILPACK_INI_H

#include "lib/base.h"
#include "lib/diag.h"

struct ini_entry {
	char *section; /* "" in front of the first one */
	char *key, *value;
	unsigned int number; /* of the line, from 1 */
};

struct ini {
	struct ini_entry *entries; /* in the order of the file */
	size_t count;
};

#define INI_INIT ((struct ini){ 0 })
#define CLEANUP_INI CLEANUP(ini_done)

void ini_done(struct ini *ini);

/* What the text says is added to what is there. */
int ini_parse(const char *text, struct ini *ini, struct diag *diag) MUST_CHECK;

/* The last value of a key in a section, or NULL. */
const char *ini_value(const struct ini *ini, const char *section,
		      const char *key);

#endif
