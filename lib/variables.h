/*
 * The variables of a recipe and their substitution.
 *
 * A variable belongs to a depth: -1 for the command line, 0 for the recipe,
 * 1 for what it includes, and so on. What was said at a smaller depth stands,
 * whatever comes later at a greater one: a fragment's values are defaults.
 */
#ifndef JAIL_VARIABLES_H
#define JAIL_VARIABLES_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/location.h"

#include <stdbool.h>

enum {
	VARIABLES_MAX = 1024,
	VARIABLE_NAME_MAX = 64,
	VARIABLE_VALUE_MAX = 65536,
	VARIABLE_DEPTH_COMMAND_LINE = -1,
};

struct variable {
	char *name;
	char *value; /* NULL: declared without one */
	int depth;
	bool predefined;  /* cannot be set */
	const char *only; /* the one directive that knows it; NULL: all do */
	bool used;	  /* set or substituted by the recipe */
	struct location at;
};

struct variables {
	struct variable *list; /* the last of a name counts */
	size_t count;
	const char *directive; /* whose words are read; NULL: none's */
};

void variables_done(struct variables *variables);

/* [A-Za-z_][A-Za-z0-9_]*, at most VARIABLE_NAME_MAX bytes. */
bool variable_name_is_valid(const char *name, size_t length);

/* NULL if there is none of that name. */
struct variable *variables_find(const struct variables *variables,
				const char *name, size_t length);

/*
 * Add a variable in front of one that already has the name: the earlier one
 * is there again after variables_remove(). -EINVAL if there are too many.
 */
int variables_add(struct variables *variables, const char *name,
		  const char *value, int depth, const struct location *at,
		  struct diag *diag) MUST_CHECK;
void variables_remove(struct variables *variables, const char *name);

/*
 * A `set`: a new variable, or a new value for one of a greater depth; one of
 * a smaller depth keeps its value. -EINVAL if it was already set at this
 * depth or is predefined.
 */
int variables_set(struct variables *variables, const char *name,
		  const char *value, int depth, const struct location *at,
		  struct diag *diag) MUST_CHECK;

/*
 * Substitute: *cursor stands on "${"; the value is appended to `value` and
 * *cursor moves behind the "}". `at` is the place of the "$", for messages.
 */
int variables_expand(struct variables *variables, const char **cursor,
		     const struct location *at, struct buf *value,
		     struct diag *diag) MUST_CHECK;

#endif
