/* Users, groups and the files that follow from them: pack/accounts.h. */
/* links: pack/accounts.o */
#include "pack/accounts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct location somewhere = {
	.file = "x.recipe", .line = 3, .column = 1, .text = "user somebody"
};

/* A source that knows www-data and adm. */
static int look_up_user(void *context UNUSED, const char *name,
			uint32_t *ret_uid, uint32_t *ret_gid)
{
	if (strcmp(name, "www-data") != 0)
		return -ENOENT;
	*ret_uid = 33;
	*ret_gid = 34;
	return 0;
}

static int look_up_group(void *context UNUSED, const char *name,
			 uint32_t *ret_gid)
{
	if (strcmp(name, "adm") != 0)
		return -ENOENT;
	*ret_gid = 4;
	return 0;
}

static const struct account_lookup lookup = { look_up_user, look_up_group,
					      NULL };

static struct recipe_user user(const char *name)
{
	/* The tests' names are constants; nothing here frees them. */
	union {
		const char *constant;
		char *name;
	} text = { .constant = name };

	return (struct recipe_user){ .name = text.name, .at = somewhere };
}

static struct recipe_group group(const char *name)
{
	struct recipe_user same = user(name);

	return (struct recipe_group){ .name = same.name, .at = somewhere };
}

static struct accounts resolve(struct recipe_user *users, size_t user_count,
			       struct recipe_group *groups, size_t group_count)
{
	const struct recipe recipe = { .users = users,
				       .user_count = user_count,
				       .groups = groups,
				       .group_count = group_count };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct accounts accounts;

	if (accounts_resolve(&recipe, &lookup, &accounts, &diag) < 0)
		fail_msg("%s", diag.text);
	return accounts;
}

static void refuse(struct recipe_user *users, size_t user_count,
		   struct recipe_group *groups, size_t group_count,
		   const char *text, const char *hint)
{
	const struct recipe recipe = { .users = users,
				       .user_count = user_count,
				       .groups = groups,
				       .group_count = group_count };
	CLEANUP_DIAG struct diag diag = DIAG_INIT;
	struct accounts accounts;

	assert_int_equal(accounts_resolve(&recipe, &lookup, &accounts, &diag),
			 -EINVAL);
	assert_non_null(strstr(diag.text, "x.recipe:3"));
	if (!strstr(diag.text, text))
		fail_msg("'%s' does not say '%s'", diag.text, text);
	if (hint)
		assert_non_null(strstr(diag.hint, hint));
}

static void check_text(void (*write)(const struct accounts *, struct buf *),
		       const struct accounts *accounts, const char *wanted)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	buf_puts(&text, "");
	write(accounts, &text);
	assert_string_equal(text.data, wanted);
}

static void test_from_the_source(void **state UNUSED)
{
	struct recipe_user users[] = { user("www-data") };
	CLEANUP_ACCOUNTS struct accounts accounts = resolve(users, 1, NULL, 0);

	check_text(accounts_passwd, &accounts,
		   "www-data:x:33:34::/nonexistent:/usr/sbin/nologin\n");
	check_text(accounts_group, &accounts, "www-data:x:34:\n");
	check_text(accounts_shadow, &accounts, "www-data:*:::::::\n");
}

static void test_from_the_recipe(void **state UNUSED)
{
	char home[] = "/var/lib/redis", shell[] = "/bin/sh";
	struct recipe_user users[] = { user("redis"), user("root") };
	CLEANUP_ACCOUNTS struct accounts accounts = ACCOUNTS_INIT;

	users[0].has_uid = true;
	users[0].uid = 105;
	users[0].home = home;
	users[0].shell = shell;
	users[1].has_uid = true;
	accounts = resolve(users, 2, NULL, 0);
	/* In the order of their numbers; a group like the user. */
	check_text(accounts_passwd, &accounts,
		   "root:x:0:0::/nonexistent:/usr/sbin/nologin\n"
		   "redis:x:105:105::/var/lib/redis:/bin/sh\n");
	check_text(accounts_group, &accounts, "root:x:0:\nredis:x:105:\n");
}

static void test_groups(void **state UNUSED)
{
	char member[] = "www-data";
	char *members[] = { member, NULL };
	struct recipe_user users[] = { user("www-data") };
	struct recipe_group groups[] = { group("web"), group("adm"),
					 group("www-data") };
	CLEANUP_ACCOUNTS struct accounts accounts = ACCOUNTS_INIT;

	groups[0].has_gid = true;
	groups[0].gid = 2000;
	groups[0].members = members;
	groups[2].has_gid = true;
	groups[2].gid = 77;
	accounts = resolve(users, 1, groups, 3);
	/* The recipe's number for the user's group goes before the source's. */
	check_text(accounts_passwd, &accounts,
		   "www-data:x:33:77::/nonexistent:/usr/sbin/nologin\n");
	check_text(accounts_group, &accounts,
		   "adm:x:4:\nwww-data:x:77:\nweb:x:2000:www-data\n");
}

static void test_nobody(void **state UNUSED)
{
	CLEANUP_ACCOUNTS struct accounts accounts = resolve(NULL, 0, NULL, 0);

	check_text(accounts_passwd, &accounts, "");
	check_text(accounts_group, &accounts, "");
	check_text(accounts_shadow, &accounts, "");
}

static void test_unknown(void **state UNUSED)
{
	char member[] = "nobody-here";
	char *members[] = { member, NULL };
	struct recipe_user users[] = { user("stranger") };
	struct recipe_group groups[] = { group("strangers") };

	refuse(users, 1, NULL, 0, "user stranger", "user stranger uid=");
	refuse(NULL, 0, groups, 1, "group strangers", "group strangers gid=");
	groups[0].has_gid = true;
	groups[0].members = members;
	refuse(NULL, 0, groups, 1, "nobody-here", "add: user nobody-here");
}

static void test_fields(void **state UNUSED)
{
	char home[] = "/x:0:0", shell[] = "/bin/sh\nroot::0:0:::";
	struct recipe_user users[] = { user("www-data") };

	users[0].home = home;
	refuse(users, 1, NULL, 0, "a home", NULL);
	users[0].home = NULL;
	users[0].shell = shell;
	refuse(users, 1, NULL, 0, "a shell", NULL);
}

static void test_words(void **state UNUSED)
{
	struct recipe_user users[] = { user("www-data") };
	CLEANUP_ACCOUNTS struct accounts accounts = resolve(users, 1, NULL, 0);
	uint32_t id = 1;

	assert_int_equal(accounts_uid(&accounts, "root", &id), 0);
	assert_int_equal(id, 0);
	assert_int_equal(accounts_uid(&accounts, "www-data", &id), 0);
	assert_int_equal(id, 33);
	assert_int_equal(accounts_gid(&accounts, "www-data", &id), 0);
	assert_int_equal(id, 34);
	assert_int_equal(accounts_uid(&accounts, "1000", &id), 0);
	assert_int_equal(id, 1000);
	assert_int_equal(accounts_uid(&accounts, "4294967294", &id), 0);
	assert_int_equal(accounts_uid(&accounts, "4294967295", &id), -ENOENT);
	assert_int_equal(accounts_uid(&accounts, "99999999999999999999", &id),
			 -ENOENT);
	assert_int_equal(accounts_uid(&accounts, "-1", &id), -ENOENT);
	assert_int_equal(accounts_uid(&accounts, "", &id), -ENOENT);
	assert_int_equal(accounts_gid(&accounts, "adm", &id), -ENOENT);
}

static void test_hosts(void **state UNUSED)
{
	CLEANUP_BUF struct buf text = BUF_INIT;

	accounts_hosts("www", &text);
	assert_string_equal(text.data, "127.0.0.1 localhost www\n"
				       "::1 localhost\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_the_source),
		cmocka_unit_test(test_from_the_recipe),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_hosts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
