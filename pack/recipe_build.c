/* What is made while packing: the commands of `build`. */
#include "pack/build.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

/* The recipe's own directory is ".", that of a fragment elsewhere is
 * absolute. */
static int directory_of(const struct reader *reader, const struct location *at,
			char **ret_directory, struct diag *diag)
{
	if (strcmp(reader->text->directory, reader->recipe->directory) == 0)
		*ret_directory = strdup(".");
	else
		*ret_directory = realpath(reader->text->directory, NULL);
	if (*ret_directory)
		return 0;
	diag_errno(diag, -errno, "cannot find the directory %s",
		   reader->text->directory);
	return location_wrap(diag, -EINVAL, at);
}

HANDLER(handle_build)
{
	const struct location *at = &statement->words[0].at;
	struct recipe *recipe = reader->recipe;
	struct recipe_item *item;
	size_t builds = 0;
	int error;

	for (size_t i = 0; i < recipe->item_count; i++)
		builds += recipe->items[i].kind == ITEM_BUILD;
	if (builds >= BUILD_COMMANDS_MAX)
		return location_error(diag, -EINVAL, at, "more than %d builds",
				      BUILD_COMMANDS_MAX);
	if (statement->words[1].text[0] == '\0')
		return location_error(diag, -EINVAL, &statement->words[1].at,
				      "an empty name for a command");
	error = reader_add_item(reader, ITEM_BUILD, at, &item, diag);
	if (error == 0)
		error = directory_of(reader, at, &item->target, diag);
	for (size_t i = 1; error == 0 && i < statement->count; i++)
		if (strv_append(&item->names, statement->words[i].text) < 0)
			error = diag_oom(diag);
	return error;
}
