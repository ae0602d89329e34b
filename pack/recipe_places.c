/* The host's directories in the jail: its own that outlive it, and shared
 * ones. */
#include "lib/path.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

static int place_path(const struct lex_word *word, char **ret_path,
		      struct diag *diag)
{
	CLEANUP_FREE char *path = NULL;
	int error = value_path(word, &path, diag);

	if (error < 0)
		return error;
	if (strcmp(path, "/") == 0 || path_within(path, "/dev") ||
	    path_within(path, "/proc"))
		return location_error(diag, -EINVAL, &word->at,
				      "nothing of the host's can be at %s",
				      path);
	*ret_path = steal_ptr(&path);
	return 0;
}

/* A mode and a size both begin with a digit: a size needs its letter here. */
static bool looks_like_size(const struct lex_word *word)
{
	size_t digits = strspn(word->text, VALUE_DIGITS);

	return digits > 0 && word->text[digits] != '\0' &&
	       strchr("kKMGT", word->text[digits]);
}

/* [MODE] [USER:GROUP] [SIZE], in any order. */
static int persist_options(struct recipe_persist *persist,
			   const struct lex_statement *statement,
			   struct diag *diag)
{
	int error = 0;

	for (size_t i = 2; error == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];

		if (persist->bytes == 0 && looks_like_size(word)) {
			error = value_size(word, &persist->bytes, diag);
		} else if (!persist->has_mode && value_looks_like_mode(word)) {
			error = value_mode(word, 01777, &persist->mode, diag);
			persist->has_mode = true;
			if (error < 0)
				diag_hint(diag, "a size has its letter here, "
						"such as 64M");
		} else if (!persist->user && strchr(word->text, ':')) {
			error = value_owner(word, &persist->user,
					    &persist->group, diag);
		} else {
			error = location_error(diag, -EINVAL, &word->at,
					       "'%s' cannot stand here",
					       word->text);
			diag_hint(diag, "persist PATH [MODE] [USER:GROUP] "
					"[SIZE]");
		}
	}
	return error;
}

/* `persist` is taken over in any case. */
static int add_persist(struct reader *reader, struct recipe_persist *persist,
		       struct diag *diag)
{
	struct recipe *recipe = reader->recipe;
	int result = 0;

	for (size_t i = 0; i < recipe->persist_count; i++) {
		struct recipe_persist *old = &recipe->persists[i];

		if (strcmp(old->path, persist->path) != 0)
			continue;
		result = reader_precedence(reader, &old->at, &persist->at,
					   old->path, diag);
		recipe_persist_done(result > 0 ? old : persist);
		if (result > 0)
			*old = *persist;
		return result < 0 ? result : 0;
	}
	if (recipe->persist_count >= CONFIG_LIST_MAX)
		result = location_error(diag, -EINVAL, &persist->at,
					"more than %d persistent directories",
					CONFIG_LIST_MAX);
	else if (array_grow(&recipe->persists, recipe->persist_count,
			    sizeof(*persist)) < 0)
		result = diag_oom(diag);
	if (result == 0)
		recipe->persists[recipe->persist_count++] = *persist;
	else
		recipe_persist_done(persist);
	return result;
}

HANDLER(handle_persist)
{
	struct recipe_persist persist = {
		.mode = 0755,
		.at = statement->words[0].at,
	};
	int error = place_path(&statement->words[1], &persist.path, diag);

	if (error == 0)
		error = persist_options(&persist, statement, diag);
	if (error < 0) {
		recipe_persist_done(&persist);
		return error;
	}
	return add_persist(reader, &persist, diag);
}

static int share_source(const struct lex_word *word, char **ret_source,
			struct diag *diag)
{
	CLEANUP_FREE char *source = NULL;
	const char *problem;
	int error = value_path(word, &source, diag);

	if (error < 0)
		return error;
	problem = config_share_problem(source);
	if (problem)
		return location_error(diag, -EINVAL, &word->at,
				      "%s cannot be shared: it %s", source,
				      problem);
	*ret_source = steal_ptr(&source);
	return 0;
}

/* [at PATH] [ro|rw] */
static int share_options(struct config_share *share,
			 const struct lex_statement *statement,
			 struct diag *diag)
{
	const struct lex_word *words = statement->words;
	size_t next = 2;
	int error = 0;

	if (next < statement->count && strcmp(words[next].text, "at") == 0) {
		if (next + 1 == statement->count)
			return location_error(diag, -EINVAL, &words[next].at,
					      "at needs a path behind it");
		error = place_path(&words[next + 1], &share->path, diag);
		next += 2;
	}
	if (error == 0 && next < statement->count &&
	    (strcmp(words[next].text, "ro") == 0 ||
	     strcmp(words[next].text, "rw") == 0))
		share->writable = strcmp(words[next++].text, "rw") == 0;
	if (error < 0 || next == statement->count)
		return error;
	location_error(diag, -EINVAL, &words[next].at, "'%s' cannot stand here",
		       words[next].text);
	diag_hint(diag, "share HOSTPATH [at PATH] [ro|rw]");
	return -EINVAL;
}

/* Without `at` it is at the same place: with a pattern, what stands in front
 * of it. */
static int same_place(struct config_share *share, const struct lex_word *word,
		      struct diag *diag)
{
	CLEANUP_FREE char *fixed = NULL;
	struct lex_word place = *word;

	if (share->path)
		return 0;
	fixed = path_fixed_prefix(share->source);
	if (!fixed)
		return diag_oom(diag);
	place.text = fixed;
	return place_path(&place, &share->path, diag);
}

/* `share` is taken over in any case. */
static int add_share(struct reader *reader, struct recipe_share *share,
		     struct diag *diag)
{
	struct recipe *recipe = reader->recipe;
	int result = 0;

	for (size_t i = 0; i < recipe->share_count; i++) {
		struct recipe_share *old = &recipe->shares[i];

		if (strcmp(old->share.path, share->share.path) != 0)
			continue;
		result = reader_precedence(reader, &old->at, &share->at,
					   old->share.path, diag);
		recipe_share_done(result > 0 ? old : share);
		if (result > 0)
			*old = *share;
		return result < 0 ? result : 0;
	}
	if (recipe->share_count >= CONFIG_LIST_MAX)
		result = location_error(diag, -EINVAL, &share->at,
					"more than %d shared directories",
					CONFIG_LIST_MAX);
	else if (array_grow(&recipe->shares, recipe->share_count,
			    sizeof(*share)) < 0)
		result = diag_oom(diag);
	if (result == 0)
		recipe->shares[recipe->share_count++] = *share;
	else
		recipe_share_done(share);
	return result;
}

HANDLER(handle_share)
{
	struct recipe_share share = { .at = statement->words[0].at };
	const struct lex_word *source = &statement->words[1];
	int error = share_source(source, &share.share.source, diag);

	if (error == 0)
		error = share_options(&share.share, statement, diag);
	if (error == 0)
		error = same_place(&share.share, source, diag);
	if (error < 0) {
		recipe_share_done(&share);
		return error;
	}
	return add_share(reader, &share, diag);
}
