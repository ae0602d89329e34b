/* The writable places. */
#include "lib/path.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

enum {
	BYTES_PER_INODE = 4096, /* a file with anything in it has a page */
	INODES_LEAST = 64,	/* by default, however small the layer */
};

static int layer_path(const struct lex_word *word, char **ret_path,
		      struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int error = value_path(word, &path, diag);

	if (error < 0)
		return error;
	if (strcmp(path, "/") == 0 || path_within(path, "/dev") ||
	    path_within(path, "/proc"))
		return location_error(diag, -EINVAL, &word->at,
				      "%s cannot be made writable", path);
	*ret_path = steal_ptr(&path);
	return 0;
}

/* [inodes N] [MODE] [USER:GROUP], in any order; the latter two for writable. */
static int layer_options(struct recipe_layer *layer,
			 const struct lex_statement *statement,
			 struct diag *diag)
{
	const struct lex_word *words = statement->words;
	bool writable = layer->kind == CONFIG_LAYER_WRITABLE;
	int error = 0;

	for (size_t i = 3; error == 0 && i < statement->count; i++) {
		const struct lex_word *word = &words[i];

		if (strcmp(word->text, "inodes") == 0 && layer->inodes == 0) {
			if (++i >= statement->count)
				return location_error(
					diag, -EINVAL, &word->at,
					"inodes needs a number behind it");
			error = value_number(&words[i], "number of inodes", 1,
					     INT32_MAX, &layer->inodes, diag);
		} else if (writable && !layer->has_mode &&
			   value_looks_like_mode(word)) {
			error = value_mode(word, 01777, &layer->mode, diag);
			layer->has_mode = true;
		} else if (writable && !layer->user &&
			   strchr(word->text, ':')) {
			error = value_owner(word, &layer->user, &layer->group,
					    diag);
		} else {
			error = location_error(diag, -EINVAL, &word->at,
					       "'%s' cannot stand here",
					       word->text);
			diag_hint(diag, "%s",
				  writable ? "writable PATH SIZE [inodes N] "
					     "[MODE] [USER:GROUP]"
					   : "overlay PATH SIZE [inodes N]; "
					     "mode and owner are the image's");
		}
	}
	return error;
}

static int parse_layer(struct recipe_layer *layer,
		       const struct lex_statement *statement, struct diag *diag)
{
	int error = layer_path(&statement->words[1], &layer->path, diag);

	if (error == 0)
		error = value_size(&statement->words[2], &layer->bytes, diag);
	if (error == 0)
		error = layer_options(layer, statement, diag);
	if (layer->inodes == 0)
		layer->inodes = layer->bytes / BYTES_PER_INODE < INODES_LEAST
					? INODES_LEAST
					: layer->bytes / BYTES_PER_INODE;
	return error;
}

/* `layer` is taken over in any case. */
static int add_layer(struct reader *reader, struct recipe_layer *layer,
		     struct diag *diag)
{
	struct recipe *recipe = reader->recipe;
	int result;

	for (size_t i = 0; i < recipe->layer_count; i++) {
		struct recipe_layer *old = &recipe->layers[i];

		if (strcmp(old->path, layer->path) != 0)
			continue;
		result = reader_precedence(reader, &old->at, &layer->at,
					   old->path, diag);
		recipe_layer_done(result > 0 ? old : layer);
		if (result > 0)
			*old = *layer;
		return result < 0 ? result : 0;
	}
	if (recipe->layer_count >= CONFIG_LIST_MAX)
		result = location_error(diag, -EINVAL, &layer->at,
					"more than %d layers", CONFIG_LIST_MAX);
	else if (array_grow(&recipe->layers, recipe->layer_count,
			    sizeof(*layer)) < 0)
		result = diag_oom(diag);
	else
		result = 0;
	if (result == 0)
		recipe->layers[recipe->layer_count++] = *layer;
	else
		recipe_layer_done(layer);
	return result;
}

static int handle_layer(struct reader *reader,
			const struct lex_statement *statement,
			enum config_layer_kind kind, struct diag *diag)
{
	struct recipe_layer layer = {
		.kind = kind,
		.mode = 0755,
		.at = statement->words[0].at,
	};
	int error = parse_layer(&layer, statement, diag);

	if (error < 0) {
		recipe_layer_done(&layer);
		return error;
	}
	return add_layer(reader, &layer, diag);
}

HANDLER(handle_writable)
{
	return handle_layer(reader, statement, CONFIG_LAYER_WRITABLE, diag);
}

HANDLER(handle_overlay)
{
	return handle_layer(reader, statement, CONFIG_LAYER_OVERLAY, diag);
}
