/*
 * The few lines of an Apache configuration file that say what else is read
 * and loaded: ServerRoot, Define, Include, IncludeOptional, LoadModule, and
 * the sections in which they stand. Pure.
 *
 * Syntax: https://httpd.apache.org/docs/2.4/configuring.html
 */
#ifndef JAILPACK_APACHE_CONFIG_H
#define JAILPACK_APACHE_CONFIG_H

#include "lib/base.h"
#include "lib/diag.h"

#include <stdbool.h>

enum apache_word {
	APACHE_SERVER_ROOT,	 /* first: a directory */
	APACHE_DEFINE,		 /* first: name; second: value, "" if none */
	APACHE_INCLUDE,		 /* first: a path with wildcards */
	APACHE_INCLUDE_OPTIONAL, /* likewise */
	APACHE_LOAD_MODULE,	 /* first: name; second: path */
};

struct apache_line {
	enum apache_word word;
	char *first, *second; /* variables not yet replaced */
	unsigned int number;  /* of the line, from 1 */
	bool conditional;     /* in an <If...> section */
};

struct apache_config {
	struct apache_line *lines;
	size_t count;
};

#define APACHE_CONFIG_INIT ((struct apache_config){ 0 })
#define CLEANUP_APACHE CLEANUP(apache_config_done)

void apache_config_done(struct apache_config *config);

/* What does not look like one of those lines is passed over. */
int apache_config_parse(const char *text, struct apache_config *ret_config,
			struct diag *diag) MUST_CHECK;

/*
 * Replace ${NAME} by what `value` knows; it returns NULL for what it does
 * not, which stays as it is. The caller frees *ret_text.
 */
int apache_config_expand(const char *text,
			 const char *(*value)(void *context, const char *name,
					      size_t length),
			 void *context, char **ret_text,
			 struct diag *diag) MUST_CHECK;

#endif
