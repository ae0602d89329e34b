/* Reading a recipe from its beginning to its end, and letting it go. */
#include "pack/recipe.h"

#include "pack/contract.h"
#include "pack/recipe_files.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

static void recipe_source_done(struct recipe_source *source)
{
	free(source->argument);
	free(source->said);
}

void recipe_item_done(struct recipe_item *item)
{
	strv_free(item->names);
	strv_free(item->excludes);
	free(item->path);
	free(item->target);
	free(item->content);
	free(item->user);
	free(item->group);
}

void recipe_user_done(struct recipe_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
}

void recipe_group_done(struct recipe_group *group)
{
	free(group->name);
	strv_free(group->members);
}

void recipe_layer_done(struct recipe_layer *layer)
{
	free(layer->path);
	free(layer->user);
	free(layer->group);
}

void recipe_persist_done(struct recipe_persist *persist)
{
	free(persist->path);
	free(persist->user);
	free(persist->group);
}

void recipe_share_done(struct recipe_share *share)
{
	config_share_done(&share->share);
}

void recipe_service_done(struct recipe_service *service)
{
	config_service_done(&service->service);
}

static void recipe_tripwire_done(struct recipe_tripwire *tripwire)
{
	free(tripwire->path);
}

static void free_texts(struct recipe_text *text)
{
	while (text) {
		struct recipe_text *next = text->next;

		recipe_text_free(text);
		text = next;
	}
}

#define FREE_LIST(list, count, done)                                           \
	do {                                                                   \
		for (size_t i_ = 0; i_ < (count); i_++)                        \
			done(&(list)[i_]);                                     \
		free(list);                                                    \
	} while (0)

void recipe_free(struct recipe *recipe)
{
	if (!recipe)
		return;
	FREE_LIST(recipe->sources, recipe->source_count, recipe_source_done);
	FREE_LIST(recipe->items, recipe->item_count, recipe_item_done);
	FREE_LIST(recipe->users, recipe->user_count, recipe_user_done);
	FREE_LIST(recipe->groups, recipe->group_count, recipe_group_done);
	FREE_LIST(recipe->layers, recipe->layer_count, recipe_layer_done);
	FREE_LIST(recipe->persists, recipe->persist_count, recipe_persist_done);
	FREE_LIST(recipe->shares, recipe->share_count, recipe_share_done);
	FREE_LIST(recipe->tripwires, recipe->tripwire_count,
		  recipe_tripwire_done);
	FREE_LIST(recipe->services, recipe->service_count, recipe_service_done);
	config_done(&recipe->config);
	for (size_t i = 0; i < recipe->rule_count; i++)
		free(recipe->rules[i].name);
	free(recipe->rules);
	free_texts(recipe->texts);
	free(recipe->path);
	free(recipe->directory);
	free(recipe->version_package);
	free(recipe);
}

static unsigned int depth_of(const struct reader *reader,
			     const struct location *at)
{
	for (struct recipe_text *text = reader->recipe->texts; text;
	     text = text->next)
		if (text->text.file == at->file)
			return text->depth;
	return 0;
}

int reader_precedence(struct reader *reader, struct location *first,
		      const struct location *at, const char *what,
		      struct diag *diag)
{
	unsigned int depth = depth_of(reader, at);

	if (first->line > 0) {
		unsigned int first_depth = depth_of(reader, first);

		if (first_depth < depth)
			return 0;
		if (first_depth == depth)
			return location_error(
				diag, -EINVAL, at,
				"%s is said twice, first at %s:%u:%u", what,
				first->file, first->line, first->column);
	}
	*first = *at;
	return 1;
}

int reader_replace(char **string, const char *value, struct diag *diag)
{
	char *copy = strdup(value);

	if (!copy)
		return diag_oom(diag);
	free(*string);
	*string = copy;
	return 0;
}

int reader_add_item(struct reader *reader, enum recipe_item_kind kind,
		    const struct location *at, struct recipe_item **ret_item,
		    struct diag *diag)
{
	struct recipe *recipe = reader->recipe;

	if (recipe->item_count >= RECIPE_ITEMS_MAX)
		return location_error(diag, -EINVAL, at,
				      "more than %d things to put into the "
				      "jail",
				      RECIPE_ITEMS_MAX);
	if (array_grow(&recipe->items, recipe->item_count,
		       sizeof(*recipe->items)) < 0)
		return diag_oom(diag);
	*ret_item = &recipe->items[recipe->item_count++];
	**ret_item = (struct recipe_item){ .kind = kind, .at = *at };
	return 0;
}

static int wrong_form(const struct directive *directive,
		      const struct location *at, const char *what,
		      struct diag *diag)
{
	location_error(diag, -EINVAL, at, "%s %s", directive->name, what);
	diag_hint(diag, "%s %s", directive->name, directive->form);
	return -EINVAL;
}

static int check_form(const struct directive *directive,
		      const struct lex_statement *statement, struct diag *diag)
{
	size_t count = statement->count - 1;

	if (count < directive->least)
		return wrong_form(directive, &statement->words[0].at,
				  count == 0 ? "needs something behind it"
					     : "needs more behind it",
				  diag);
	if (count > directive->most)
		return wrong_form(
			directive, &statement->words[directive->most + 1].at,
			directive->most == 0 ? "takes nothing behind it"
					     : "does not take so many words",
			diag);
	if (statement->has_here && !directive->takes_here)
		return wrong_form(directive, &statement->here_at,
				  "takes no here-document", diag);
	if (!statement->has_here && directive->takes_here)
		return wrong_form(directive, &statement->words[0].at,
				  "needs a here-document", diag);
	return 0;
}

static int count_bytes(struct reader *reader,
		       const struct lex_statement *statement, struct diag *diag)
{
	reader->bytes += statement->here_length;
	for (size_t i = 0; i < statement->count; i++)
		reader->bytes += strlen(statement->words[i].text);
	if (reader->bytes <= RECIPE_BYTES_MAX)
		return 0;
	return location_error(diag, -EINVAL, &statement->words[0].at,
			      "the recipe comes to more than %d bytes",
			      RECIPE_BYTES_MAX);
}

static int read_statement(struct reader *reader,
			  const struct lex_statement *statement,
			  struct diag *diag)
{
	const struct directive *directive;
	int error, take = 1;

	error = count_bytes(reader, statement, diag);
	if (error < 0)
		return error;
	directive = directive_find(&statement->words[0], diag);
	if (!directive)
		return -EINVAL;
	error = check_form(directive, statement, diag);
	if (error == 0 && directive->said != SAID_OFTEN)
		take = reader_precedence(reader, &reader->said[directive->said],
					 &statement->words[0].at,
					 directive->name, diag);
	if (error < 0 || take < 0)
		return error < 0 ? error : take;
	if (take == 0) {
		reader->can_exclude = false;
		return 0;
	}
	error = directive->handle(reader, statement, diag);
	reader->can_exclude = directive->handle == handle_copy ||
			      directive->handle == handle_package ||
			      directive->handle == handle_archive ||
			      directive->handle == handle_build;
	return error;
}

int reader_statements(struct reader *reader, struct diag *diag)
{
	struct lexer lexer = {
		.text = &reader->text->text,
		.variables = &reader->variables,
	};

	for (;;) {
		CLEANUP_STATEMENT struct lex_statement statement = { 0 };
		int more = lex_next(&lexer, &statement, diag);

		if (more <= 0)
			return more;
		more = read_statement(reader, &statement, diag);
		if (more < 0)
			return more;
	}
}

/* `file` is taken over in any case. */
static int read_recipe(struct recipe_text *file,
		       const struct recipe_options *options,
		       struct recipe **ret_recipe, struct diag *diag)
{
	static const struct recipe_options none = { 0 };
	struct recipe *recipe = calloc(1, sizeof(*recipe));
	struct reader reader = {
		.recipe = recipe,
		.options = options ? options : &none,
		.text = file,
		.file_count = 1,
	};
	int error;

	if (!recipe) {
		recipe_text_free(file);
		return diag_oom(diag);
	}
	recipe->texts = file;
	recipe->path = strdup(file->text.file);
	recipe->directory = strdup(file->directory);
	if (!recipe->path || !recipe->directory) {
		recipe_free(recipe);
		return diag_oom(diag);
	}
	contract_defaults(&recipe->config);
	error = definitions_make(&reader, diag);
	if (error == 0)
		error = reader_statements(&reader, diag);
	if (error == 0)
		error = definitions_check(&reader.variables, diag);
	if (error == 0)
		error = services_check(&reader, diag);
	variables_done(&reader.variables);
	free(reader.environment_at);
	if (error < 0) {
		recipe_free(recipe);
		return error;
	}
	file->open = false;
	recipe->run_at = recipe->service_count ? recipe->services[0].at
					       : reader.said[SAID_RUN];
	recipe->ready_at = reader.said[SAID_READY];
	recipe->check_at = reader.said[SAID_CHECK];
	*ret_recipe = recipe;
	return 0;
}

int recipe_read(const char *path, const struct recipe_options *options,
		struct recipe **ret_recipe, struct diag *diag)
{
	struct recipe_text *file;
	int error = recipe_text_open(path, false, &file, diag);

	return error < 0 ? error : read_recipe(file, options, ret_recipe, diag);
}

int recipe_parse(const char *path, const char *text, size_t length,
		 const struct recipe_options *options,
		 struct recipe **ret_recipe, struct diag *diag)
{
	struct recipe_text *file;
	int error = recipe_text_new(path, text, length, &file, diag);

	return error < 0 ? error : read_recipe(file, options, ret_recipe, diag);
}
