/* listen(2) in a caller's stead. */
#include "mount/caller.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of this thread alone: the C library would stop the others first, wherever
 * they are. */
static int be_user(uid_t effective)
{
	return (int)syscall(SYS_setresuid, -1, effective, -1);
}

static int be_group(gid_t effective)
{
	return (int)syscall(SYS_setresgid, -1, effective, -1);
}

static int listen_as(const struct caller *caller,
		     const struct caller_powers *powers)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r = 0;

	/* The real and saved ids stay ours: nobody may do anything to us that
	 * they may not do otherwise, and we get back. */
	if (be_group(powers->gids[1]) < 0 || be_user(powers->uids[1]) < 0)
		r = -errno;
	if (r == 0 && listen(caller->socket, (int)caller->arguments[1]) < 0)
		r = -errno;
	if (be_user(uid) < 0 || be_group(gid) < 0)
		return -errno;
	return r;
}

int caller_listen(int notify_fd, const struct caller *caller)
{
	struct caller_powers powers;
	int r;

	if (caller->domain != AF_UNIX)
		return listen(caller->socket, (int)caller->arguments[1]) < 0
			       ? -errno
			       : 0;
	r = caller_read_powers(caller, &powers);
	if (!caller_waits(notify_fd, caller))
		return -ENOENT;
	return r < 0 ? r : listen_as(caller, &powers);
}
