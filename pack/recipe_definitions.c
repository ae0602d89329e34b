/* The variables that are there before a recipe says anything. */
#include "lib/suggest.h"
#include "pack/build.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name, *value;
	const char *only; /* the directive that knows it; NULL: all do */
} predefined[] = {
	{ "stage", BUILD_STAGE, "build" },
#if defined(__x86_64__)
	{ "arch", "amd64", NULL },
	{ "multiarch", "x86_64-linux-gnu", NULL },
#elif defined(__aarch64__)
	{ "arch", "arm64", NULL },
	{ "multiarch", "aarch64-linux-gnu", NULL },
#elif defined(__riscv) && __riscv_xlen == 64
	{ "arch", "riscv64", NULL },
	{ "multiarch", "riscv64-linux-gnu", NULL },
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	{ "arch", "ppc64el", NULL },
	{ "multiarch", "powerpc64le-linux-gnu", NULL },
#elif defined(__s390x__)
	{ "arch", "s390x", NULL },
	{ "multiarch", "s390x-linux-gnu", NULL },
#elif defined(__arm__)
	{ "arch", "armhf", NULL },
	{ "multiarch", "arm-linux-gnueabihf", NULL },
#elif defined(__i386__)
	{ "arch", "i386", NULL },
	{ "multiarch", "i386-linux-gnu", NULL },
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "Debian's names for this architecture are not known"
#endif
};

static int define_predefined(struct variables *variables, struct diag *diag)
{
	for (size_t i = 0; i < ARRAY_SIZE(predefined); i++) {
		struct location nowhere = { 0 };
		int error =
			variables_add(variables, predefined[i].name,
				      predefined[i].value, 0, &nowhere, diag);

		if (error < 0)
			return error;
		variables->list[variables->count - 1].predefined = true;
		variables->list[variables->count - 1].only = predefined[i].only;
	}
	return 0;
}

/* One NAME=VALUE of the command line. */
static int define(struct variables *variables, const char *definition,
		  struct diag *diag)
{
	const struct location command_line = { .file = "-D" };
	const char *equals = strchr(definition, '=');
	CLEANUP_FREE char *name = NULL;
	struct variable *known;

	if (!equals ||
	    !variable_name_is_valid(definition, (size_t)(equals - definition)))
		return diag_set(diag, -EINVAL, "-D %s: not NAME=VALUE",
				definition);
	name = strndup(definition, (size_t)(equals - definition));
	if (!name)
		return diag_oom(diag);
	if (strlen(equals + 1) > VARIABLE_VALUE_MAX)
		return diag_set(diag, -EINVAL,
				"-D %s: the value is longer than %d bytes",
				name, VARIABLE_VALUE_MAX);
	known = variables_find(variables, name, strlen(name));
	if (known && known->predefined)
		return diag_set(diag, -EINVAL,
				"-D %s: the variable is predefined", name);
	if (known) /* the last one counts, as compilers have it */
		variables_remove(variables, name);
	return variables_add(variables, name, equals + 1,
			     VARIABLE_DEPTH_COMMAND_LINE, &command_line, diag);
}

int definitions_make(struct reader *reader, struct diag *diag)
{
	char *const *definition = reader->options->definitions;
	int error = define_predefined(&reader->variables, diag);

	for (; error == 0 && definition && *definition; definition++)
		error = define(&reader->variables, *definition, diag);
	return error;
}

int definitions_check(const struct variables *variables, struct diag *diag)
{
	for (size_t i = 0; i < variables->count; i++) {
		const struct variable *unused = &variables->list[i];
		struct suggestion suggestion;

		if (unused->depth != VARIABLE_DEPTH_COMMAND_LINE ||
		    unused->used)
			continue;
		suggestion = suggest_begin(unused->name);
		for (size_t k = 0; k < variables->count; k++)
			if (k != i)
				suggest_offer(&suggestion,
					      variables->list[k].name);
		diag_set(diag, -EINVAL,
			 "-D %s: the recipe has no variable of that name",
			 unused->name);
		suggest_hint(&suggestion, diag);
		return -EINVAL;
	}
	return 0;
}
