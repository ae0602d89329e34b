/*
 * Variables of the environment that the files name which a service has read:
 * configuration such as ${APACHE_RUN_USER}, and the program itself, which has
 * the names that it asks for among its strings.
 */
#ifndef JAILPACK_TRACE_VARIABLES_H
#define JAILPACK_TRACE_VARIABLES_H

#include "lib/base.h"
#include "pack/trace_facts.h"

#include <stdbool.h>

struct trace_variable {
	const char *string;		/* "NAME=VALUE", of the environment */
	const struct trace_fact *named; /* the file that names it */
};

struct trace_variables {
	struct trace_variable *variables; /* as the environment has them */
	size_t count;
};

#define TRACE_VARIABLES_INIT ((struct trace_variables){ 0 })

/* Files that cannot be read name nothing. 0 or -ENOMEM. */
int trace_variables_find(const struct trace_facts *facts,
			 char *const *environment,
			 struct trace_variables *ret_variables) MUST_CHECK;
void trace_variables_done(struct trace_variables *variables);

/* True if a text has `name` (of `name_length` bytes) as a word. Pure. */
bool trace_names_variable(const char *text, size_t length, const char *name,
			  size_t name_length);

#endif
