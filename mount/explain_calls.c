#include "mount/explain_calls.h"

#include <asm/unistd.h>
#include <fcntl.h>

/* A table, one row a line. */
/* clang-format off */
#define NONE EXPLAIN_NONE
#define ROW(name, act, directory, path, detail, flags, follow) \
	{ #name, __NR_##name, EXPLAIN_##act, directory, path, detail, flags, follow }
#define ROW_AT(name, number, act, directory, path, detail, flags, follow) \
	{ #name, number, EXPLAIN_##act, directory, path, detail, flags, follow }
#define POWER(name) ROW(name, POWER, NONE, NONE, NONE, NONE, false)

const struct explain_call explain_calls[] = {
	/* name, act, arguments: directory, path, detail, flags; follow */
	ROW(openat,	       OPEN,	 0, 1, 2, NONE, true),
	ROW(openat2,	       OPEN_HOW, 0, 1, 2, NONE, true),
	ROW(newfstatat,	       FIND,	 0, 1, NONE, 3, true),
	ROW(statx,	       FIND,	 0, 1, NONE, 2, true),
	ROW(faccessat,	       ACCESS,	 0, 1, 2, NONE, true),
	ROW(faccessat2,	       ACCESS,	 0, 1, 2, 3, true),
	ROW(readlinkat,	       FIND,	 0, 1, NONE, NONE, false),
	ROW(statfs,	       FIND,	 NONE, 0, NONE, NONE, true),
	ROW(chdir,	       FIND,	 NONE, 0, NONE, NONE, true),
	ROW(execve,	       EXECUTE,	 NONE, 0, NONE, NONE, true),
	ROW(execveat,	       EXECUTE,	 0, 1, NONE, 4, true),
	ROW(getxattr,	       FIND,	 NONE, 0, NONE, NONE, true),
	ROW(lgetxattr,	       FIND,	 NONE, 0, NONE, NONE, false),
	ROW(inotify_add_watch, FIND,	 NONE, 1, NONE, NONE, true),
	ROW(mkdirat,	       CREATE,	 0, 1, NONE, NONE, false),
	ROW(mknodat,	       CREATE,	 0, 1, NONE, NONE, false),
	ROW(symlinkat,	       CREATE,	 1, 2, NONE, NONE, false),
	ROW(linkat,	       FIND,	 0, 1, NONE, NONE, false),
	ROW(linkat,	       CREATE,	 2, 3, NONE, NONE, false),
	ROW(unlinkat,	       REMOVE,	 0, 1, NONE, NONE, false),
	ROW(renameat,	       REMOVE,	 0, 1, NONE, NONE, false),
	ROW(renameat,	       CREATE,	 2, 3, NONE, NONE, false),
	ROW(renameat2,	       REMOVE,	 0, 1, NONE, NONE, false),
	ROW(renameat2,	       CREATE,	 2, 3, NONE, NONE, false),
	ROW(fchmodat,	       CHANGE,	 0, 1, NONE, NONE, true),
	ROW_AT(fchmodat2, 452, CHANGE,	 0, 1, NONE, 3, true),
	ROW(fchownat,	       CHANGE,	 0, 1, NONE, 4, true),
	POWER(fchownat),
	ROW(utimensat,	       CHANGE,	 0, 1, NONE, 3, true),
	ROW(truncate,	       CHANGE,	 NONE, 0, NONE, NONE, true),
	ROW(setxattr,	       CHANGE,	 NONE, 0, NONE, NONE, true),
	ROW(lsetxattr,	       CHANGE,	 NONE, 0, NONE, NONE, false),
	ROW(removexattr,       CHANGE,	 NONE, 0, NONE, NONE, true),
	ROW(lremovexattr,      CHANGE,	 NONE, 0, NONE, NONE, false),
	ROW(connect,	       CONNECT,	 NONE, 1, NONE, NONE, true),
	ROW(bind,	       BIND,	 NONE, 1, NONE, NONE, false),
	POWER(setuid),
	POWER(setgid),
	POWER(setreuid),
	POWER(setregid),
	POWER(setresuid),
	POWER(setresgid),
	POWER(setgroups),
	POWER(fchown),
#ifdef __x86_64__
	ROW(open,	       OPEN,	 NONE, 0, 1, NONE, true),
	ROW(creat,	       OPEN,	 NONE, 0, NONE, NONE, true),
	ROW(stat,	       FIND,	 NONE, 0, NONE, NONE, true),
	ROW(lstat,	       FIND,	 NONE, 0, NONE, NONE, false),
	ROW(access,	       ACCESS,	 NONE, 0, 1, NONE, true),
	ROW(readlink,	       FIND,	 NONE, 0, NONE, NONE, false),
	ROW(mkdir,	       CREATE,	 NONE, 0, NONE, NONE, false),
	ROW(mknod,	       CREATE,	 NONE, 0, NONE, NONE, false),
	ROW(symlink,	       CREATE,	 NONE, 1, NONE, NONE, false),
	ROW(link,	       FIND,	 NONE, 0, NONE, NONE, false),
	ROW(link,	       CREATE,	 NONE, 1, NONE, NONE, false),
	ROW(unlink,	       REMOVE,	 NONE, 0, NONE, NONE, false),
	ROW(rmdir,	       REMOVE,	 NONE, 0, NONE, NONE, false),
	ROW(rename,	       REMOVE,	 NONE, 0, NONE, NONE, false),
	ROW(rename,	       CREATE,	 NONE, 1, NONE, NONE, false),
	ROW(chmod,	       CHANGE,	 NONE, 0, NONE, NONE, true),
	ROW(chown,	       CHANGE,	 NONE, 0, NONE, NONE, true),
	POWER(chown),
	ROW(lchown,	       CHANGE,	 NONE, 0, NONE, NONE, false),
	POWER(lchown),
	ROW(utime,	       CHANGE,	 NONE, 0, NONE, NONE, true),
	ROW(utimes,	       CHANGE,	 NONE, 0, NONE, NONE, true),
	ROW(futimesat,	       CHANGE,	 0, 1, NONE, NONE, true),
#endif
};
/* clang-format on */

const size_t explain_call_count = ARRAY_SIZE(explain_calls);

const struct explain_call *explain_call_find(uint32_t number)
{
	for (size_t i = 0; i < explain_call_count; i++)
		if (explain_calls[i].number == number)
			return &explain_calls[i];
	return NULL;
}

static void wish_open(uint64_t flags, struct explain_wish *wish)
{
	uint64_t mode = flags & O_ACCMODE;

	wish->creates = flags & O_CREAT;
	wish->exists = !wish->creates;
	/* An exclusive one fails with another error where it is there. */
	wish->writes = (mode == O_WRONLY || mode == O_RDWR || flags & O_TRUNC ||
			(flags & O_TMPFILE) == O_TMPFILE) &&
		       !(flags & O_PATH) &&
		       (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	wish->lists = !(flags & O_PATH);
	if (flags & O_NOFOLLOW ||
	    (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		wish->follow = false;
}

static void wish_flags(uint64_t flags, struct explain_wish *wish)
{
	if (flags & AT_SYMLINK_NOFOLLOW)
		wish->follow = false;
	wish->itself = flags & AT_EMPTY_PATH;
}

struct explain_wish explain_call_wish(const struct explain_call *call,
				      const uint64_t arguments[6],
				      uint64_t detail)
{
	struct explain_wish wish = { .follow = call->follow };

	if (call->detail != EXPLAIN_NONE && call->act != EXPLAIN_OPEN_HOW)
		detail = arguments[call->detail];
	if (call->flags != EXPLAIN_NONE)
		wish_flags(arguments[call->flags], &wish);
	switch (call->act) {
	case EXPLAIN_OPEN:
		/* creat(2) has none. */
		wish_open(call->detail == EXPLAIN_NONE
				  ? O_CREAT | O_WRONLY | O_TRUNC
				  : detail,
			  &wish);
		break;
	case EXPLAIN_OPEN_HOW:
		wish_open(detail, &wish);
		break;
	case EXPLAIN_ACCESS:
		wish.exists = true;
		wish.writes = detail & W_OK;
		break;
	case EXPLAIN_CHANGE:
		wish.exists = wish.writes = true;
		break;
	case EXPLAIN_CREATE:
	case EXPLAIN_BIND:
		wish.creates = true;
		break;
	case EXPLAIN_REMOVE:
		wish.removes = true;
		break;
	case EXPLAIN_FIND:
	case EXPLAIN_EXECUTE:
	case EXPLAIN_CONNECT:
		wish.exists = true;
		break;
	case EXPLAIN_POWER:
		break;
	}
	return wish;
}
