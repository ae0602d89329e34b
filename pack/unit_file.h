/*
 * A systemd unit file as text: systemd.syntax(7), systemd.unit(5). Pure.
 *
 * Nothing is refused that systemd would read: a line that is no assignment is
 * kept as one without a key.
 */
#ifndef JAILPACK_UNIT_FILE_H
#define JAILPACK_UNIT_FILE_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"

#include <stdbool.h>

enum {
	UNIT_TEXT_MAX = 1 << 20,     /* bytes in a file */
	UNIT_ENTRIES_MAX = 4096,     /* assignments in a unit, all drop-ins */
	UNIT_WORDS_MAX = 1024,	     /* words of a command, or of a list */
	UNIT_EXPANDED_MAX = 1 << 16, /* bytes that a value comes to */
};

struct unit_entry {
	char *section; /* "Service"; "" before the first */
	char *key;     /* NULL: the line is no assignment */
	char *value;   /* continued lines joined; blanks at its ends gone */
};

/* A unit file and what its drop-ins add, in the order in which they count. */
struct unit_file {
	struct unit_entry *entries;
	size_t count;
};

#define UNIT_FILE_INIT ((struct unit_file){ 0 })

void unit_file_done(struct unit_file *unit);

/*
 * Append what a text says. -EINVAL for bytes that no unit file has (NUL, no
 * UTF-8), -E2BIG past a limit; `name` is what messages call the text.
 */
int unit_file_parse(struct unit_file *unit, const char *name, const char *text,
		    size_t length, struct diag *diag) MUST_CHECK;

/* The value that counts: the last one. NULL if there is none, or an empty one
 * has taken it back. */
const char *unit_file_get(const struct unit_file *unit, const char *section,
			  const char *key);

/*
 * The next value of a list, from entry *at on, which is moved behind it; an
 * empty one takes back those before it. Begin with 0; NULL at the end.
 */
const char *unit_file_next(const struct unit_file *unit, const char *section,
			   const char *key, size_t *at);

/* "yes", "true", "on", "1" */
bool unit_is_true(const char *value);

/*
 * The words of a value: quotes taken away, escapes of C replaced. The caller
 * frees them with strv_free(). -EINVAL for a quote that is not closed or an
 * escape that is none, -E2BIG.
 */
int unit_words(const char *value, char ***ret_words,
	       struct diag *diag) MUST_CHECK;

/* What the specifiers of a unit stand for. */
struct unit_specifiers {
	const char *name;     /* "foo@bar.service" */
	const char *user;     /* %u */
	const char *home;     /* %h */
	const char *hostname; /* %H */
};

/*
 * Append a text with its specifiers replaced. A specifier that only a running
 * system knows stays as it is: *ret_unknown is then set to its letter.
 */
int unit_expand(const struct unit_specifiers *specifiers, const char *text,
		struct buf *ret_text, char *ret_unknown) MUST_CHECK;

/* "90", "1min 30s", "infinity" (UINT64_MAX); -EINVAL. systemd.time(7). */
int unit_duration(const char *value, uint64_t *ret_milliseconds) MUST_CHECK;

/* "512M", "infinity" (UINT64_MAX); powers of 1024. -EINVAL. */
int unit_size(const char *value, uint64_t *ret_bytes) MUST_CHECK;

/*
 * Add "NAME=VALUE" to a NULL-terminated array that may be NULL; one of that
 * name is replaced. What is no such assignment is passed over, as systemd does.
 * 0, -E2BIG or -ENOMEM.
 */
int unit_add_variable(char ***variables, const char *variable) MUST_CHECK;

/* The same for all of a file as EnvironmentFile= names it. */
int unit_environment_file(const char *text, size_t length,
			  char ***ret_variables) MUST_CHECK;

#endif
