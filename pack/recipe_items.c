/* What fills the tree: sources, packages, copies, directories, links, files. */
#include "lib/suggest.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

enum { SOURCES_MAX = 16 };

/*
 * The name of a directory or file of the machine as gather() takes it: relative
 * to the recipe's own directory, or absolute. A fragment's is relative to where
 * the fragment lies.
 */
static int outer_name(const struct reader *reader, const struct lex_word *word,
		      char **ret_name, struct diag *diag)
{
	CLEANUP_FREE char *base = NULL;

	if (word->text[0] == '\0')
		return location_error(diag, -EINVAL, &word->at,
				      "an empty name");
	if (word->text[0] == '/' ||
	    strcmp(reader->text->directory, reader->recipe->directory) == 0) {
		*ret_name = strdup(word->text);
		return *ret_name ? 0 : diag_oom(diag);
	}
	base = realpath(reader->text->directory, NULL);
	if (!base) {
		diag_errno(diag, -errno, "cannot find the directory %s",
			   reader->text->directory);
		return location_wrap(diag, -EINVAL, &word->at);
	}
	if (asprintf(ret_name, "%s/%s", base, word->text) < 0) {
		*ret_name = NULL;
		return diag_oom(diag);
	}
	return 0;
}

static int source_kind(const struct lex_statement *statement,
		       enum recipe_source_kind *ret_kind, struct diag *diag)
{
	static const struct {
		const char *name;
		enum recipe_source_kind kind;
		size_t least, most;
		const char *needs;
	} kinds[] = {
		{ "host", SOURCE_HOST, 0, 0, NULL },
		{ "debian", SOURCE_DEBIAN, 0, 1, NULL },
		{ "tree", SOURCE_TREE, 1, 1, "a directory" },
		{ "archive", SOURCE_ARCHIVE, 1, 1, "a file" },
	};
	const struct lex_word *word = &statement->words[1];
	struct suggestion suggestion = suggest_begin(word->text);
	size_t count = statement->count - 2;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		suggest_offer(&suggestion, kinds[i].name);
		if (strcmp(kinds[i].name, word->text) != 0)
			continue;
		if (count < kinds[i].least)
			return location_error(diag, -EINVAL, &word->at,
					      "source %s needs %s",
					      kinds[i].name, kinds[i].needs);
		if (count > kinds[i].most)
			return location_error(diag, -EINVAL,
					      &statement->words[2].at,
					      "source host takes nothing "
					      "behind it");
		*ret_kind = kinds[i].kind;
		return 0;
	}
	location_error(diag, -EINVAL, &word->at,
		       "unknown source '%s'; there are host, debian, tree, "
		       "archive",
		       word->text);
	suggest_hint(&suggestion, diag);
	return -EINVAL;
}

static int source_file(const struct reader *reader, const struct lex_word *word,
		       struct recipe_source *source, struct diag *diag)
{
	int error = outer_name(reader, word, &source->argument, diag);

	if (error == 0)
		error = reader_replace(&source->said, word->text, diag);
	if (error < 0)
		free(source->argument);
	return error;
}

HANDLER(handle_source)
{
	struct recipe *recipe = reader->recipe;
	const struct lex_word *argument =
		statement->count > 2 ? &statement->words[2] : NULL;
	struct recipe_source source = { .at = statement->words[0].at };
	int error = source_kind(statement, &source.kind, diag);

	if (error < 0)
		return error;
	if (recipe->source_count >= SOURCES_MAX)
		return location_error(diag, -EINVAL, &source.at,
				      "more than %d sources", SOURCES_MAX);
	if (array_grow(&recipe->sources, recipe->source_count, sizeof(source)) <
	    0)
		return diag_oom(diag);
	if (source.kind == SOURCE_TREE || source.kind == SOURCE_ARCHIVE)
		error = source_file(reader, argument, &source, diag);
	else if (argument &&
		 !value_made_of(argument->text,
				VALUE_LOWER VALUE_UPPER VALUE_DIGITS ".-"))
		error = location_error(diag, -EINVAL, &argument->at,
				       "'%s' is not the name of a suite, such "
				       "as bookworm",
				       argument->text);
	else if (argument)
		error = reader_replace(&source.argument, argument->text, diag);
	if (error == 0)
		recipe->sources[recipe->source_count++] = source;
	return error;
}

/* deb-src-control(5), Package, and deb-version(7). */
static int check_package(const struct lex_word *word, struct diag *diag)
{
	size_t name = strspn(word->text, VALUE_LOWER VALUE_DIGITS "+.-");
	const char *behind = word->text + name;

	if (name >= 2 && name <= 128 && !strchr("+.-", word->text[0]) &&
	    (*behind == '\0' ||
	     (*behind == '=' &&
	      value_made_of(behind + 1,
			    VALUE_LOWER VALUE_UPPER VALUE_DIGITS ".+~:-"))))
		return 0;
	return location_error(diag, -EINVAL, &word->at,
			      "'%s' is not the name of a package, NAME or "
			      "NAME=VERSION",
			      word->text);
}

static int add_packages(struct reader *reader,
			const struct lex_statement *statement,
			enum recipe_item_kind kind, struct diag *diag)
{
	struct recipe_item *item;
	int error = reader_add_item(reader, kind, &statement->words[0].at,
				    &item, diag);

	for (size_t i = 1; error == 0 && i < statement->count; i++) {
		error = check_package(&statement->words[i], diag);
		if (error == 0 &&
		    strv_append(&item->names, statement->words[i].text) < 0)
			error = diag_oom(diag);
	}
	return error;
}

HANDLER(handle_package)
{
	return add_packages(reader, statement, ITEM_PACKAGE, diag);
}

HANDLER(handle_fetch)
{
	return add_packages(reader, statement, ITEM_FETCH, diag);
}

/* The word in front of which the sources end; the count if there is none. */
static int find_arrow(const struct lex_statement *statement, size_t *ret_arrow,
		      struct diag *diag)
{
	size_t i = 1;

	while (i < statement->count &&
	       !(statement->words[i].plain &&
		 strcmp(statement->words[i].text, "=>") == 0))
		i++;
	if (i < statement->count && (i == 1 || i + 2 != statement->count)) {
		location_error(diag, -EINVAL, &statement->words[i].at,
			       "'=>' stands between what is copied and the one "
			       "path that it goes to");
		diag_hint(diag, "copy PATTERN... => PATH");
		return -EINVAL;
	}
	*ret_arrow = i;
	return 0;
}

HANDLER(handle_copy)
{
	struct recipe_item *item;
	size_t arrow = 0;
	int error = find_arrow(statement, &arrow, diag);

	if (error == 0)
		error = reader_add_item(reader, ITEM_COPY,
					&statement->words[0].at, &item, diag);
	if (error < 0)
		return error;
	for (size_t i = 1; error == 0 && i < arrow; i++) {
		CLEANUP_FREE char *pattern = NULL;

		error = value_path(&statement->words[i], &pattern, diag);
		if (error == 0 && strv_append(&item->names, pattern) < 0)
			error = diag_oom(diag);
	}
	if (error == 0 && arrow < statement->count)
		error = value_path(&statement->words[arrow + 1], &item->path,
				   diag);
	return error;
}

HANDLER(handle_archive)
{
	const struct lex_word *words = statement->words;
	struct recipe_item *item;
	int error = reader_add_item(reader, ITEM_ARCHIVE, &words[0].at, &item,
				    diag);

	if (error == 0)
		error = outer_name(reader, &words[1], &item->target, diag);
	if (error == 0 && strv_append(&item->names, words[1].text) < 0)
		error = diag_oom(diag);
	if (error < 0 || statement->count == 2)
		return error;
	if (strcmp(words[2].text, "at") != 0 || statement->count != 4) {
		location_error(diag, -EINVAL, &words[2].at,
			       "behind the archive may stand 'at' and a "
			       "directory of the jail");
		diag_hint(diag, "archive FILE at PATH");
		return -EINVAL;
	}
	return value_path(&words[3], &item->path, diag);
}

/* A pattern without a slash in front may begin in any directory. It is kept
 * in the form that path_match() takes. */
static int add_exclude(struct recipe_item *item, const struct lex_word *word,
		       struct diag *diag)
{
	CLEANUP_FREE char *text = NULL, *path = NULL;
	struct lex_word absolute = *word;
	int error;

	if (word->text[0] == '\0')
		return location_error(diag, -EINVAL, &word->at,
				      "an empty pattern");
	if (asprintf(&text, "%s%s", word->text[0] == '/' ? "" : "/**/",
		     word->text) < 0) {
		text = NULL;
		return diag_oom(diag);
	}
	absolute.text = text;
	error = value_path(&absolute, &path, diag);
	if (error < 0)
		return error;
	return strv_append(&item->excludes, path) < 0 ? diag_oom(diag) : 0;
}

HANDLER(handle_exclude)
{
	struct recipe *recipe = reader->recipe;
	int error = 0;

	if (!statement->joined || !reader->can_exclude) {
		location_error(diag, -EINVAL, &statement->words[0].at,
			       "exclude belongs to a copy, package, archive "
			       "or build of the same line");
		diag_hint(diag, "copy PATTERN... ; exclude PATTERN...");
		return -EINVAL;
	}
	for (size_t i = 1; error == 0 && i < statement->count; i++)
		error = add_exclude(&recipe->items[recipe->item_count - 1],
				    &statement->words[i], diag);
	return error;
}

static int not_the_root(const struct lex_word *word, const char *path,
			struct diag *diag)
{
	if (strcmp(path, "/") != 0)
		return 0;
	return location_error(diag, -EINVAL, &word->at,
			      "'/' is always there, as root's and 0755");
}

/* [MODE] [USER:GROUP] from word `first` on. */
static int mode_and_owner(struct recipe_item *item,
			  const struct lex_statement *statement, size_t first,
			  struct diag *diag)
{
	int error = 0;

	for (size_t i = first; error == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];

		if (!item->has_mode && !item->user &&
		    value_looks_like_mode(word)) {
			error = value_mode(word, 07777, &item->mode, diag);
			item->has_mode = true;
		} else if (!item->user && strchr(word->text, ':')) {
			error = value_owner(word, &item->user, &item->group,
					    diag);
		} else {
			error = location_error(diag, -EINVAL, &word->at,
					       "'%s' is neither a path, nor "
					       "MODE, nor USER:GROUP here",
					       word->text);
		}
	}
	return error;
}

HANDLER(handle_dir)
{
	size_t paths = 1;
	int error = 0;

	while (paths < statement->count &&
	       (paths == 1 || statement->words[paths].text[0] == '/'))
		paths++;
	for (size_t i = 1; error == 0 && i < paths; i++) {
		const struct lex_word *word = &statement->words[i];
		struct recipe_item *item;

		error = reader_add_item(reader, ITEM_DIR,
					&statement->words[0].at, &item, diag);
		if (error == 0)
			error = value_path(word, &item->path, diag);
		if (error == 0)
			error = not_the_root(word, item->path, diag);
		if (error == 0)
			error = mode_and_owner(item, statement, paths, diag);
	}
	return error;
}

HANDLER(handle_link)
{
	const struct lex_word *target = &statement->words[2];
	struct recipe_item *item;
	int error = reader_add_item(reader, ITEM_LINK, &statement->words[0].at,
				    &item, diag);

	if (error == 0)
		error = value_path(&statement->words[1], &item->path, diag);
	if (error == 0)
		error = not_the_root(&statement->words[1], item->path, diag);
	if (error == 0 &&
	    (target->text[0] == '\0' || strlen(target->text) > VALUE_PATH_MAX))
		error = location_error(diag, -EINVAL, &target->at,
				       "a link's target has 1 to %d bytes",
				       VALUE_PATH_MAX);
	if (error == 0)
		error = reader_replace(&item->target, target->text, diag);
	return error;
}

HANDLER(handle_file)
{
	struct recipe_item *item;
	int error = reader_add_item(reader, ITEM_FILE, &statement->words[0].at,
				    &item, diag);

	if (error == 0)
		error = value_path(&statement->words[1], &item->path, diag);
	if (error == 0)
		error = not_the_root(&statement->words[1], item->path, diag);
	if (error == 0)
		error = mode_and_owner(item, statement, 2, diag);
	if (error < 0)
		return error;
	item->content = malloc(statement->here_length + 1);
	if (!item->content)
		return diag_oom(diag);
	memcpy(item->content, statement->here, statement->here_length + 1);
	item->content_length = statement->here_length;
	return 0;
}
