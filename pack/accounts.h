/*
 * The users and groups that a recipe names, and the few files of /etc that
 * follow from them. Nothing here touches a file.
 */
#ifndef JAILPACK_ACCOUNTS_H
#define JAILPACK_ACCOUNTS_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "pack/recipe.h"

#include <stdint.h>

struct account_user {
	char *name;
	uint32_t uid, gid;
	char *home, *shell;
};

struct account_group {
	char *name;
	uint32_t gid;
	char **members; /* NULL-terminated, or NULL */
};

struct accounts {
	struct account_user *users; /* by uid, then by name */
	size_t user_count;
	struct account_group *groups; /* by gid, then by name */
	size_t group_count;
};

#define ACCOUNTS_INIT ((struct accounts){ 0 })
#define CLEANUP_ACCOUNTS CLEANUP(accounts_done)

void accounts_done(struct accounts *accounts);

/* Who is asked for a number that the recipe does not give: 0 or -ENOENT. */
struct account_lookup {
	int (*user)(void *context, const char *name, uint32_t *ret_uid,
		    uint32_t *ret_gid);
	int (*group)(void *context, const char *name, uint32_t *ret_gid);
	void *context;
};

/*
 * The recipe's users and groups with their numbers. A user's own group is
 * made for it where the recipe names none with that number. -EINVAL, with the
 * place in the recipe, for a number that nobody knows, a member that is no
 * user, and text that would break the files' format.
 */
int accounts_resolve(const struct recipe *recipe,
		     const struct account_lookup *lookup,
		     struct accounts *ret_accounts,
		     struct diag *diag) MUST_CHECK;

/* The number for a word of the recipe: "root", a number, or a name that the
 * recipe declares. -ENOENT for any other. */
int accounts_uid(const struct accounts *accounts, const char *word,
		 uint32_t *ret_uid) MUST_CHECK;
int accounts_gid(const struct accounts *accounts, const char *word,
		 uint32_t *ret_gid) MUST_CHECK;

/* The text of /etc/passwd, /etc/group and /etc/shadow, appended: passwd(5),
 * group(5), shadow(5). Every password is locked. */
void accounts_passwd(const struct accounts *accounts, struct buf *text);
void accounts_group(const struct accounts *accounts, struct buf *text);
/* No password matches "*"; unlike "!" it locks no account, which sshd(8) looks
 * at for keys too. */
void accounts_shadow(const struct accounts *accounts, struct buf *text);

/* hosts(5), for a jail of that name, or of none. */
void accounts_hosts(const char *hostname, struct buf *text);

#endif
