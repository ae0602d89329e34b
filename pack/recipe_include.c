/* `include` and `with`: finding the file, and reading it once. */
#include "lib/buf.h"
#include "lib/suggest.h"
#include "pack/recipe_files.h"
#include "pack/recipe_reader.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define FRAGMENT_SUFFIX ".recipe"

static char *join(const char *directory, const char *name)
{
	char *path;

	if (strcmp(directory, ".") == 0)
		return strdup(name);
	return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

/* The directories that are searched, one after another; NULL behind the
 * last: the file's own, the recipe's, those of the options. */
static const char *search_directory(const struct reader *reader, size_t index)
{
	char *const *path = reader->options->include_path;

	if (index == 0)
		return reader->text->directory;
	if (index == 1)
		return reader->recipe->directory;
	return path && index - 2 < strv_length(path) ? path[index - 2] : NULL;
}

/* The path of `name` where it is found first; -ENOENT without a diagnostic
 * if it is nowhere. */
static int find(const struct reader *reader, const char *name, char **ret_path,
		struct diag *diag)
{
	const char *directory;

	if (name[0] == '/') {
		*ret_path = strdup(name);
		return *ret_path ? 0 : diag_oom(diag);
	}
	for (size_t i = 0; (directory = search_directory(reader, i)); i++) {
		CLEANUP_FREE char *path = join(directory, name);

		if (!path)
			return diag_oom(diag);
		if (access(path, F_OK) == 0) {
			*ret_path = steal_ptr(&path);
			return 0;
		}
	}
	return -ENOENT;
}

/* The same directory may be there twice; it is told once. */
static bool is_told(const struct reader *reader, size_t index)
{
	const char *directory = search_directory(reader, index);

	while (index-- > 0)
		if (strcmp(search_directory(reader, index), directory) == 0)
			return true;
	return false;
}

static int not_found(const struct reader *reader, const struct lex_word *word,
		     const char *name, struct diag *diag)
{
	CLEANUP_BUF struct buf searched = BUF_INIT;
	const char *directory;

	for (size_t i = 0; (directory = search_directory(reader, i)); i++)
		if (!is_told(reader, i))
			buf_printf(&searched, "%s%s", i > 0 ? ", " : "",
				   directory);
	if (buf_check(&searched) < 0)
		return diag_oom(diag);
	return location_error(diag, -EINVAL, &word->at,
			      "%s is not found; looked in: %s", name,
			      searched.data);
}

/* "apache.recipe includes base.recipe includes apache.recipe" */
static int cycle(const struct reader *reader, const struct recipe_text *again,
		 const struct lex_word *word, struct diag *diag)
{
	const struct recipe_text *chain[RECIPE_DEPTH_MAX + 1];
	CLEANUP_BUF struct buf text = BUF_INIT;
	size_t count = 0;

	for (const struct recipe_text *at = reader->text; at != again;
	     at = at->parent)
		chain[count++] = at;
	buf_puts(&text, again->text.file);
	while (count-- > 0)
		buf_printf(&text, " includes %s", chain[count]->text.file);
	if (buf_check(&text) < 0)
		return diag_oom(diag);
	return location_error(diag, -EINVAL, &word->at,
			      "a circle: %s includes %s", text.data,
			      again->text.file);
}

static struct recipe_text *find_same(const struct reader *reader,
				     const struct recipe_text *file)
{
	for (struct recipe_text *text = reader->recipe->texts; text;
	     text = text->next)
		if (text->inode == file->inode && text->device == file->device)
			return text;
	return NULL;
}

/* What was read before is not read again; but a bundle cannot have two
 * values. */
static int met_again(const struct reader *reader, const struct recipe_text *old,
		     const struct recipe_text *file,
		     const struct lex_word *word, struct diag *diag)
{
	const char *old_value = old->value ? old->value : "";
	const char *value = file->value ? file->value : "";

	if (old->open)
		return cycle(reader, old, word, diag);
	if (strcmp(old_value, value) != 0)
		return location_error(diag, -EINVAL, &word->at,
				      "already taken in with %s%s, at %s:%u:%u",
				      old->value ? "the value " : "no value",
				      old_value, old->from.file, old->from.line,
				      old->from.column);
	return 0;
}

/* Behind an error in an included file: the directives that led to it. */
static void tell_from(const struct recipe_text *file, struct diag *diag)
{
	CLEANUP_FREE char *before = NULL;

	if (!diag || !diag->excerpt)
		return;
	before = steal_ptr(&diag->excerpt);
	diag_excerpt(diag, "%s\nincluded at %s:%u:%u", before, file->from.file,
		     file->from.line, file->from.column);
}

/* The statements of a file, in its place. A bundle has a VALUE of its own. */
static int read_file_in_place(struct reader *reader, struct recipe_text *file,
			      struct diag *diag)
{
	struct recipe_text *outer = reader->text;
	int error = 0;

	if (file->bundle)
		error = variables_add(&reader->variables, "VALUE", file->value,
				      (int)outer->depth + !file->value,
				      &file->from, diag);
	if (error < 0)
		return error;
	reader->text = file;
	reader->can_exclude = false;
	error = reader_statements(reader, diag);
	reader->text = outer;
	reader->can_exclude = false;
	if (file->bundle)
		variables_remove(&reader->variables, "VALUE");
	file->open = false;
	if (error < 0)
		tell_from(file, diag);
	return error;
}

/* `value` may be NULL. */
static int read_path(struct reader *reader, const char *path, bool bundle,
		     const char *value, const struct lex_word *word,
		     struct diag *diag)
{
	struct recipe_text *file, *same;
	int error = recipe_text_open(path, true, &file, diag);

	if (error < 0) {
		/* Mistakes inside the file have their location already. */
		if (diag && diag->excerpt)
			return error;
		return location_wrap(diag, error, &word->at);
	}
	file->from = word->at;
	file->parent = reader->text;
	file->depth = reader->text->depth + 1;
	file->bundle = bundle;
	if (value && !(file->value = strdup(value))) {
		recipe_text_free(file);
		return diag_oom(diag);
	}
	same = find_same(reader, file);
	if (same) {
		error = met_again(reader, same, file, word, diag);
		recipe_text_free(file);
		return error;
	}
	file->next = reader->recipe->texts;
	reader->recipe->texts = file;
	if (file->depth > RECIPE_DEPTH_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d files one in another",
				      RECIPE_DEPTH_MAX);
	if (++reader->file_count > RECIPE_FILES_MAX)
		return location_error(diag, -EINVAL, &word->at,
				      "more than %d files", RECIPE_FILES_MAX);
	return read_file_in_place(reader, file, diag);
}

int reader_include(struct reader *reader, const struct lex_word *word,
		   struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int error;

	if (word->text[0] == '\0')
		return location_error(diag, -EINVAL, &word->at,
				      "an empty name");
	error = find(reader, word->text, &path, diag);
	if (error == -ENOENT)
		return not_found(reader, word, word->text, diag);
	return error < 0 ? error
			 : read_path(reader, path, false, NULL, word, diag);
}

/* The bundle that is there and has nearly that name. */
static void suggest_bundle(const struct reader *reader, const char *name,
			   struct diag *diag)
{
	const char *directory;

	for (size_t i = 0; (directory = search_directory(reader, i)); i++) {
		CLEANUP_FREE char *path = join(directory, "with");
		DIR *listing = path ? opendir(path) : NULL;
		struct dirent *entry;

		while (listing && (entry = readdir(listing))) {
			struct suggestion suggestion = suggest_begin(name);
			size_t length = strlen(entry->d_name);
			size_t suffix = strlen(FRAGMENT_SUFFIX);

			if (length <= suffix ||
			    strcmp(entry->d_name + length - suffix,
				   FRAGMENT_SUFFIX) != 0)
				continue;
			entry->d_name[length - suffix] = '\0';
			suggest_offer(&suggestion, entry->d_name);
			suggest_hint(&suggestion, diag);
		}
		if (listing)
			(void)closedir(listing);
	}
}

static bool is_bundle_name(const char *name)
{
	return name[0] != '.' && name[0] != '\0' && !strchr(name, '/');
}

int reader_with(struct reader *reader, const struct lex_word *word,
		struct diag *diag)
{
	CLEANUP_FREE char *name = strdup(word->text);
	CLEANUP_FREE char *file = NULL, *path = NULL;
	char *equals;
	int error;

	if (!name)
		return diag_oom(diag);
	equals = strchr(name, '=');
	if (equals)
		*equals = '\0';
	if (!is_bundle_name(name))
		return location_error(diag, -EINVAL, &word->at,
				      "'%s' is not the name of a bundle", name);
	if (asprintf(&file, "with/%s" FRAGMENT_SUFFIX, name) < 0) {
		file = NULL;
		return diag_oom(diag);
	}
	error = find(reader, file, &path, diag);
	if (error == -ENOENT) {
		error = not_found(reader, word, file, diag);
		suggest_bundle(reader, name, diag);
	}
	return error < 0 ? error
			 : read_path(reader, path, true,
				     equals ? equals + 1 : NULL, word, diag);
}
