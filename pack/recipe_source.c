#include "pack/recipe_source.h"

#include <errno.h>
#include <string.h>

static int redirect(struct recipe_source *source, const char *directory,
		    struct diag *diag)
{
	char *argument;

	if (source->kind == SOURCE_DEBIAN || source->kind == SOURCE_ARCHIVE ||
	    (source->kind == SOURCE_TREE && source->argument[0] == '/'))
		return 0;
	if (source->kind == SOURCE_HOST)
		argument = strdup(directory);
	else if (asprintf(&argument, "%s/%s", directory, source->argument) < 0)
		argument = NULL;
	if (!argument)
		return diag_oom(diag);
	source->is_host = source->kind == SOURCE_HOST;
	free(source->argument);
	source->argument = argument;
	source->kind = SOURCE_TREE;
	return 0;
}

int recipe_set_source(struct recipe *recipe, const char *directory,
		      struct diag *diag)
{
	/* Relative to here, while a recipe's names are relative to it. */
	CLEANUP_FREE char *absolute = realpath(directory, NULL);
	int r = 0;

	if (!absolute)
		return diag_errno(diag, -errno, "cannot open %s", directory);
	if (recipe->source_count == 0) {
		if (array_grow(&recipe->sources, 0, sizeof(*recipe->sources)) <
		    0)
			return diag_oom(diag);
		recipe->sources[recipe->source_count++] =
			(struct recipe_source){ .kind = SOURCE_HOST };
	}
	for (size_t i = 0; r == 0 && i < recipe->source_count; i++)
		r = redirect(&recipe->sources[i], absolute, diag);
	return r;
}
