/* The users and groups that the jail knows. */
#include "lib/suggest.h"
#include "lib/values.h"
#include "pack/recipe_reader.h"

#include <errno.h>
#include <string.h>

/* Of `key=value` the value, or NULL if the word is not that key's. */
static const char *value_of(const struct lex_word *word, const char *key)
{
	size_t length = strlen(key);

	if (strncmp(word->text, key, length) != 0 || word->text[length] != '=')
		return NULL;
	return word->text + length + 1;
}

/* The word with its value alone; the text is not copied. */
static struct lex_word value_word(const struct lex_word *word,
				  const char *value)
{
	struct lex_word part = *word;

	part.text += value - word->text;
	part.at.column += (unsigned int)(value - word->text);
	if (!word->plain)
		part.at = word->at;
	return part;
}

static int parse_id(const struct lex_word *word, const char *what,
		    const char *text, bool *ret_has, uint32_t *ret_id,
		    struct diag *diag)
{
	struct lex_word value = value_word(word, text);
	uint64_t id;
	int error = value_number(&value, what, 0, 65534, &id, diag);

	if (error < 0)
		return error;
	*ret_has = true;
	*ret_id = (uint32_t)id;
	return 0;
}

static int unknown_key(const struct lex_word *word, const char *const *keys,
		       size_t count, struct diag *diag)
{
	CLEANUP_FREE char *key = strndup(word->text, strcspn(word->text, "="));
	struct suggestion suggestion;

	if (!key)
		return diag_oom(diag);
	if (!strchr(word->text, '='))
		return location_error(diag, -EINVAL, &word->at,
				      "of several names none can have a value");
	location_error(diag, -EINVAL, &word->at, "unknown word '%s='", key);
	suggestion = suggest_begin(key);
	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggestion, keys[i]);
	suggest_hint(&suggestion, diag);
	return -EINVAL;
}

static int parse_user_word(struct recipe_user *user,
			   const struct lex_word *word, struct diag *diag)
{
	static const char *const keys[] = { "uid", "gid", "home", "shell" };
	struct lex_word path;
	const char *value;

	if ((value = value_of(word, "uid")))
		return parse_id(word, "uid", value, &user->has_uid, &user->uid,
				diag);
	if ((value = value_of(word, "gid")))
		return parse_id(word, "gid", value, &user->has_gid, &user->gid,
				diag);
	if ((value = value_of(word, "home")) && !user->home) {
		path = value_word(word, value);
		return value_path(&path, &user->home, diag);
	}
	if ((value = value_of(word, "shell")) && !user->shell) {
		path = value_word(word, value);
		return value_path(&path, &user->shell, diag);
	}
	return unknown_key(word, keys, ARRAY_SIZE(keys), diag);
}

static int parse_group_word(struct recipe_group *group,
			    const struct lex_word *word, struct diag *diag)
{
	static const char *const keys[] = { "gid", "members" };
	const char *value;

	if ((value = value_of(word, "gid")))
		return parse_id(word, "gid", value, &group->has_gid,
				&group->gid, diag);
	if (!(value = value_of(word, "members")) || group->members)
		return unknown_key(word, keys, ARRAY_SIZE(keys), diag);
	for (size_t length; *value != '\0'; value += length) {
		CLEANUP_FREE char *name = NULL;
		int error;

		value += *value == ',' && group->members;
		length = strcspn(value, ",");
		name = strndup(value, length);
		if (!name)
			return diag_oom(diag);
		error = value_account(word, name, "user", diag);
		if (error < 0)
			return error;
		if (strv_append(&group->members, name) < 0)
			return diag_oom(diag);
	}
	return 0;
}

static bool user_is_bare(const struct recipe_user *user)
{
	return !user->has_uid && !user->has_gid && !user->home && !user->shell;
}

static bool group_is_bare(const struct recipe_group *group)
{
	return !group->has_gid && !group->members;
}

/*
 * The same name again: a bare one adds nothing, anything else replaces what
 * is there by the rule of depths. `user` is taken over in any case.
 */
static int add_user(struct reader *reader, struct recipe_user *user,
		    struct diag *diag)
{
	struct recipe *recipe = reader->recipe;
	int take;

	for (size_t i = 0; i < recipe->user_count; i++) {
		struct recipe_user *old = &recipe->users[i];

		if (strcmp(old->name, user->name) != 0)
			continue;
		take = user_is_bare(user) ? 0
		       : user_is_bare(old)
			       ? 1
			       : reader_precedence(reader, &old->at, &user->at,
						   old->name, diag);
		recipe_user_done(take > 0 ? old : user);
		if (take > 0)
			*old = *user;
		return take < 0 ? take : 0;
	}
	if (recipe->user_count < CONFIG_LIST_MAX &&
	    array_grow(&recipe->users, recipe->user_count, sizeof(*user)) ==
		    0) {
		recipe->users[recipe->user_count++] = *user;
		return 0;
	}
	take = recipe->user_count < CONFIG_LIST_MAX
		       ? diag_oom(diag)
		       : location_error(diag, -EINVAL, &user->at,
					"more than %d users", CONFIG_LIST_MAX);
	recipe_user_done(user);
	return take;
}

static int add_group(struct reader *reader, struct recipe_group *group,
		     struct diag *diag)
{
	struct recipe *recipe = reader->recipe;
	int take;

	for (size_t i = 0; i < recipe->group_count; i++) {
		struct recipe_group *old = &recipe->groups[i];

		if (strcmp(old->name, group->name) != 0)
			continue;
		take = group_is_bare(group) ? 0
		       : group_is_bare(old)
			       ? 1
			       : reader_precedence(reader, &old->at, &group->at,
						   old->name, diag);
		recipe_group_done(take > 0 ? old : group);
		if (take > 0)
			*old = *group;
		return take < 0 ? take : 0;
	}
	if (recipe->group_count < CONFIG_LIST_MAX &&
	    array_grow(&recipe->groups, recipe->group_count, sizeof(*group)) ==
		    0) {
		recipe->groups[recipe->group_count++] = *group;
		return 0;
	}
	take = recipe->group_count < CONFIG_LIST_MAX
		       ? diag_oom(diag)
		       : location_error(diag, -EINVAL, &group->at,
					"more than %d groups", CONFIG_LIST_MAX);
	recipe_group_done(group);
	return take;
}

/* A name, with all further words if they are not names themselves. */
static size_t words_of_name(const struct lex_statement *statement, size_t name)
{
	if (name == 1 && statement->count > 2 &&
	    strchr(statement->words[2].text, '='))
		return statement->count - 2;
	return 0;
}

HANDLER(handle_user)
{
	int error = 0;

	for (size_t i = 1; error == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		struct recipe_user user = { .at = word->at };
		size_t options = words_of_name(statement, i);

		error = value_account(word, word->text, "user", diag);
		if (error == 0)
			error = reader_replace(&user.name, word->text, diag);
		for (; error == 0 && options > 0; options--)
			error = parse_user_word(&user, &statement->words[++i],
						diag);
		if (error == 0)
			error = add_user(reader, &user, diag);
		else
			recipe_user_done(&user);
	}
	return error;
}

HANDLER(handle_group)
{
	int error = 0;

	for (size_t i = 1; error == 0 && i < statement->count; i++) {
		const struct lex_word *word = &statement->words[i];
		struct recipe_group group = { .at = word->at };
		size_t options = words_of_name(statement, i);

		error = value_account(word, word->text, "group", diag);
		if (error == 0)
			error = reader_replace(&group.name, word->text, diag);
		for (; error == 0 && options > 0; options--)
			error = parse_group_word(&group, &statement->words[++i],
						 diag);
		if (error == 0)
			error = add_group(reader, &group, diag);
		else
			recipe_group_done(&group);
	}
	return error;
}
