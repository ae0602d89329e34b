#include "pack/accounts.h"

#include <errno.h>
#include <string.h>

static void user_done(struct account_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
}

static void group_done(struct account_group *group)
{
	free(group->name);
	strv_free(group->members);
}

void accounts_done(struct accounts *accounts)
{
	for (size_t i = 0; i < accounts->user_count; i++)
		user_done(&accounts->users[i]);
	for (size_t i = 0; i < accounts->group_count; i++)
		group_done(&accounts->groups[i]);
	free(accounts->users);
	free(accounts->groups);
	*accounts = ACCOUNTS_INIT;
}

static const struct account_user *find_user(const struct accounts *accounts,
					    const char *name)
{
	for (size_t i = 0; i < accounts->user_count; i++) {
		if (strcmp(accounts->users[i].name, name) == 0)
			return &accounts->users[i];
	}
	return NULL;
}

static const struct account_group *find_group(const struct accounts *accounts,
					      const char *name)
{
	for (size_t i = 0; i < accounts->group_count; i++) {
		if (strcmp(accounts->groups[i].name, name) == 0)
			return &accounts->groups[i];
	}
	return NULL;
}

/* Decimal digits and nothing else; -1 is no id. */
static int parse_id(const char *word, uint32_t *ret_id)
{
	uint64_t id = 0;

	if (*word == '\0')
		return -ENOENT;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return -ENOENT;
		id = id * 10 + (uint64_t)(*word - '0');
		if (id >= UINT32_MAX)
			return -ENOENT;
	}
	*ret_id = (uint32_t)id;
	return 0;
}

int accounts_uid(const struct accounts *accounts, const char *word,
		 uint32_t *ret_uid)
{
	const struct account_user *user = find_user(accounts, word);

	if (!user && strcmp(word, "root") == 0)
		*ret_uid = 0;
	else if (user)
		*ret_uid = user->uid;
	else
		return parse_id(word, ret_uid);
	return 0;
}

int accounts_gid(const struct accounts *accounts, const char *word,
		 uint32_t *ret_gid)
{
	const struct account_group *group = find_group(accounts, word);

	if (!group && strcmp(word, "root") == 0)
		*ret_gid = 0;
	else if (group)
		*ret_gid = group->gid;
	else
		return parse_id(word, ret_gid);
	return 0;
}

/* A field of these files ends at a colon, a line at a newline. */
static int check_field(const char *field, const struct location *at,
		       const char *what, struct diag *diag)
{
	if (field && strpbrk(field, ":\n"))
		return location_error(diag, -EINVAL, at,
				      "%s may not hold a colon or a newline",
				      what);
	return 0;
}

static int unknown_id(const struct location *at, const char *kind,
		      const char *name, const char *form, struct diag *diag)
{
	int r = location_error(diag, -EINVAL, at,
			       "nobody knows the number of the %s %s", kind,
			       name);

	diag_hint(diag, "write it down: %s %s %s", kind, name, form);
	return r;
}

/* The number that the recipe gives a group, by the group's name. */
static bool said_gid(const struct recipe *recipe, const char *name,
		     uint32_t *ret_gid)
{
	for (size_t i = 0; i < recipe->group_count; i++) {
		const struct recipe_group *group = &recipe->groups[i];

		if (group->has_gid && strcmp(group->name, name) == 0) {
			*ret_gid = group->gid;
			return true;
		}
	}
	return false;
}

static int user_numbers(const struct recipe *recipe,
			const struct recipe_user *user,
			const struct account_lookup *lookup, uint32_t *ret_uid,
			uint32_t *ret_gid, struct diag *diag)
{
	uint32_t uid = user->uid, gid = user->uid;

	if (!user->has_uid &&
	    lookup->user(lookup->context, user->name, &uid, &gid) < 0)
		return unknown_id(&user->at, "user", user->name, "uid=NUMBER",
				  diag);
	if (user->has_gid)
		gid = user->gid;
	else
		(void)said_gid(recipe, user->name, &gid);
	*ret_uid = uid;
	*ret_gid = gid;
	return 0;
}

static int add_user(struct accounts *accounts, const struct recipe *recipe,
		    const struct recipe_user *from,
		    const struct account_lookup *lookup, struct diag *diag)
{
	struct account_user user = { 0 };
	int r;

	r = check_field(from->name, &from->at, "a name", diag);
	if (r == 0)
		r = check_field(from->home, &from->at, "a home", diag);
	if (r == 0)
		r = check_field(from->shell, &from->at, "a shell", diag);
	if (r == 0)
		r = user_numbers(recipe, from, lookup, &user.uid, &user.gid,
				 diag);
	if (r < 0)
		return r;
	user.name = strdup(from->name);
	user.home = strdup(from->home ? from->home : "/nonexistent");
	user.shell = strdup(from->shell ? from->shell : "/usr/sbin/nologin");
	if (!user.name || !user.home || !user.shell ||
	    array_grow(&accounts->users, accounts->user_count, sizeof(user)) <
		    0) {
		user_done(&user);
		return diag_oom(diag);
	}
	accounts->users[accounts->user_count++] = user;
	return 0;
}

/* `members` may be NULL. */
static int append_group(struct accounts *accounts, const char *name,
			uint32_t gid, char *const *members, struct diag *diag)
{
	struct account_group group = { .name = strdup(name), .gid = gid };
	int r = group.name ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && members && members[i]; i++)
		r = strv_append(&group.members, members[i]);
	if (r == 0)
		r = array_grow(&accounts->groups, accounts->group_count,
			       sizeof(group));
	if (r < 0) {
		group_done(&group);
		return diag_oom(diag);
	}
	accounts->groups[accounts->group_count++] = group;
	return 0;
}

static int group_number(const struct accounts *accounts,
			const struct recipe_group *group,
			const struct account_lookup *lookup, uint32_t *ret_gid,
			struct diag *diag)
{
	const struct account_user *user = find_user(accounts, group->name);

	if (group->has_gid)
		*ret_gid = group->gid;
	else if (user)
		*ret_gid = user->gid;
	else if (lookup->group(lookup->context, group->name, ret_gid) < 0)
		return unknown_id(&group->at, "group", group->name,
				  "gid=NUMBER", diag);
	return 0;
}

static int add_group(struct accounts *accounts, const struct recipe_group *from,
		     const struct account_lookup *lookup, struct diag *diag)
{
	uint32_t gid;
	int r;

	r = check_field(from->name, &from->at, "a name", diag);
	for (size_t i = 0; r == 0 && from->members && from->members[i]; i++) {
		if (!find_user(accounts, from->members[i]) &&
		    strcmp(from->members[i], "root") != 0) {
			r = location_error(diag, -EINVAL, &from->at,
					   "the group %s has a member %s that "
					   "is no user of this jail",
					   from->name, from->members[i]);
			diag_hint(diag, "add: user %s", from->members[i]);
		}
	}
	if (r == 0)
		r = group_number(accounts, from, lookup, &gid, diag);
	if (r < 0)
		return r;
	return append_group(accounts, from->name, gid, from->members, diag);
}

/* A user's primary group needs a name too. */
static int add_own_group(struct accounts *accounts,
			 const struct account_user *user, struct diag *diag)
{
	for (size_t i = 0; i < accounts->group_count; i++) {
		if (accounts->groups[i].gid == user->gid ||
		    strcmp(accounts->groups[i].name, user->name) == 0)
			return 0;
	}
	return append_group(accounts, user->name, user->gid, NULL, diag);
}

static int compare_users(const void *left, const void *right)
{
	const struct account_user *a = left, *b = right;

	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare_groups(const void *left, const void *right)
{
	const struct account_group *a = left, *b = right;

	if (a->gid != b->gid)
		return a->gid < b->gid ? -1 : 1;
	return strcmp(a->name, b->name);
}

int accounts_resolve(const struct recipe *recipe,
		     const struct account_lookup *lookup,
		     struct accounts *ret_accounts, struct diag *diag)
{
	CLEANUP_ACCOUNTS struct accounts accounts = ACCOUNTS_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < recipe->user_count; i++)
		r = add_user(&accounts, recipe, &recipe->users[i], lookup,
			     diag);
	for (size_t i = 0; r == 0 && i < recipe->group_count; i++)
		r = add_group(&accounts, &recipe->groups[i], lookup, diag);
	for (size_t i = 0; r == 0 && i < accounts.user_count; i++)
		r = add_own_group(&accounts, &accounts.users[i], diag);
	if (r < 0)
		return r;
	if (accounts.user_count)
		qsort(accounts.users, accounts.user_count,
		      sizeof(*accounts.users), compare_users);
	if (accounts.group_count)
		qsort(accounts.groups, accounts.group_count,
		      sizeof(*accounts.groups), compare_groups);
	*ret_accounts = accounts;
	accounts = ACCOUNTS_INIT;
	return 0;
}

void accounts_passwd(const struct accounts *accounts, struct buf *text)
{
	for (size_t i = 0; i < accounts->user_count; i++) {
		const struct account_user *user = &accounts->users[i];

		buf_printf(text, "%s:x:%u:%u::%s:%s\n", user->name, user->uid,
			   user->gid, user->home, user->shell);
	}
}

void accounts_group(const struct accounts *accounts, struct buf *text)
{
	for (size_t i = 0; i < accounts->group_count; i++) {
		const struct account_group *group = &accounts->groups[i];

		buf_printf(text, "%s:x:%u:", group->name, group->gid);
		for (size_t k = 0; group->members && group->members[k]; k++)
			buf_printf(text, "%s%s", k ? "," : "",
				   group->members[k]);
		buf_putc(text, '\n');
	}
}

void accounts_shadow(const struct accounts *accounts, struct buf *text)
{
	for (size_t i = 0; i < accounts->user_count; i++)
		buf_printf(text, "%s:*:::::::\n", accounts->users[i].name);
}

void accounts_hosts(const char *hostname, struct buf *text)
{
	buf_printf(text, "127.0.0.1 localhost%s%s\n::1 localhost\n",
		   hostname ? " " : "", hostname ? hostname : "");
}
