#include "lib/variables.h"

#include "lib/suggest.h"

#include <errno.h>
#include <string.h>

static void variable_done(struct variable *variable)
{
	free(variable->name);
	free(variable->value);
}

void variables_done(struct variables *variables)
{
	for (size_t i = 0; i < variables->count; i++)
		variable_done(&variables->list[i]);
	free(variables->list);
	*variables = (struct variables){ 0 };
}

static bool starts_name(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool variable_name_is_valid(const char *name, size_t length)
{
	if (length == 0 || length > VARIABLE_NAME_MAX || !starts_name(name[0]))
		return false;
	for (size_t i = 1; i < length; i++)
		if (!starts_name(name[i]) && (name[i] < '0' || name[i] > '9'))
			return false;
	return true;
}

struct variable *variables_find(const struct variables *variables,
				const char *name, size_t length)
{
	for (size_t i = variables->count; i-- > 0;) {
		struct variable *variable = &variables->list[i];

		if (strncmp(variable->name, name, length) == 0 &&
		    variable->name[length] == '\0')
			return variable;
	}
	return NULL;
}

int variables_add(struct variables *variables, const char *name,
		  const char *value, int depth, const struct location *at,
		  struct diag *diag)
{
	struct variable variable = { .depth = depth, .at = *at };

	if (variables->count >= VARIABLES_MAX)
		return location_error(diag, -EINVAL, at,
				      "more than %d variables", VARIABLES_MAX);
	if (array_grow(&variables->list, variables->count, sizeof(variable)) <
	    0)
		return diag_oom(diag);
	variable.name = strdup(name);
	if (value)
		variable.value = strdup(value);
	if (!variable.name || (value && !variable.value)) {
		variable_done(&variable);
		return diag_oom(diag);
	}
	variables->list[variables->count++] = variable;
	return 0;
}

void variables_remove(struct variables *variables, const char *name)
{
	struct variable *variable =
		variables_find(variables, name, strlen(name));
	size_t index;

	if (!variable)
		return;
	index = (size_t)(variable - variables->list);
	variable_done(variable);
	variables->count--;
	memmove(variable, variable + 1,
		(variables->count - index) * sizeof(*variable));
}

int variables_set(struct variables *variables, const char *name,
		  const char *value, int depth, const struct location *at,
		  struct diag *diag)
{
	struct variable *variable =
		variables_find(variables, name, strlen(name));
	char *copy;

	if (!variable)
		return variables_add(variables, name, value, depth, at, diag);
	if (variable->predefined)
		return location_error(diag, -EINVAL, at,
				      "the variable '%s' is predefined", name);
	if (variable->depth == depth && variable->value)
		return location_error(
			diag, -EINVAL, at,
			"the variable '%s' is set twice, first at %s:%u:%u",
			name, variable->at.file, variable->at.line,
			variable->at.column);
	variable->used = true;
	if (variable->depth < depth && variable->value)
		return 0;
	copy = strdup(value);
	if (!copy)
		return diag_oom(diag);
	free(variable->value);
	variable->value = copy;
	variable->depth = depth;
	variable->at = *at;
	return 0;
}

static int unknown(const struct variables *variables, const char *name,
		   const struct location *at, struct diag *diag)
{
	struct suggestion suggestion = suggest_begin(name);

	for (size_t i = 0; i < variables->count; i++)
		if (variables->list[i].value && !variables->list[i].only)
			suggest_offer(&suggestion, variables->list[i].name);
	location_error(diag, -EINVAL, at, "unknown variable '%s'", name);
	if (suggestion.best)
		suggest_hint(&suggestion, diag);
	else
		diag_hint(diag,
			  "`set %s VALUE` defines it; $$ is a dollar sign",
			  name);
	return -EINVAL;
}

int variables_expand(struct variables *variables, const char **cursor,
		     const struct location *at, struct buf *value,
		     struct diag *diag)
{
	const char *start = *cursor + 2;
	const char *end = strchr(start, '}');
	struct variable *variable;
	CLEANUP_FREE char *name = NULL;

	if (!end) {
		location_error(diag, -EINVAL, at, "'${' without a '}'");
		diag_hint(diag, "$$ is a dollar sign");
		return -EINVAL;
	}
	name = strndup(start, (size_t)(end - start));
	if (!name)
		return diag_oom(diag);
	if (!variable_name_is_valid(name, strlen(name))) {
		location_error(diag, -EINVAL, at, "not the name of a variable");
		diag_hint(diag, "names are letters, digits and '_'; "
				"$$ is a dollar sign");
		return -EINVAL;
	}
	variable = variables_find(variables, name, strlen(name));
	if (!variable)
		return unknown(variables, name, at, diag);
	if (variable->only &&
	    (!variables->directive ||
	     strcmp(variables->directive, variable->only) != 0))
		return location_error(diag, -EINVAL, at,
				      "the variable '%s' is there only in a %s",
				      name, variable->only);
	variable->used = true;
	if (!variable->value)
		return location_error(diag, -EINVAL, at,
				      "'%s' was given no value", name);
	buf_puts(value, variable->value);
	*cursor = end + 1;
	return 0;
}
