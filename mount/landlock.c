#include "mount/landlock.h"

#include <errno.h>
#include <sys/syscall.h>

/* linux/landlock.h of older kernels ends before these. */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

enum {
	FLAG_VERSION = 1 << 0,	 /* LANDLOCK_CREATE_RULESET_VERSION */
	ACCESS_BIND = 1 << 0,	 /* LANDLOCK_ACCESS_NET_BIND_TCP */
	ACCESS_CONNECT = 1 << 1, /* LANDLOCK_ACCESS_NET_CONNECT_TCP */
	SCOPE_ABSTRACT = 1 << 0, /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET */
};

/* What each wall needs; what is handled and allowed by no rule is refused. */
static const struct {
	long version;
	size_t size; /* of the ruleset, as that version knows it */
	struct ruleset ruleset;
} walls[] = {
	[LANDLOCK_NO_CALLS] = { 4,
				offsetof(struct ruleset, scoped),
				{ .handled_access_net =
					  ACCESS_BIND | ACCESS_CONNECT } },
	[LANDLOCK_NO_ABSTRACT] = { 6,
				   sizeof(struct ruleset),
				   { .scoped = SCOPE_ABSTRACT } },
};

int landlock_build(enum landlock_wall wall, struct diag *diag)
{
	CLEANUP_CLOSE int fd = -1;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, FLAG_VERSION) <
	    walls[wall].version)
		return 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &walls[wall].ruleset,
			  walls[wall].size, 0);
	if (fd < 0)
		return diag_errno(diag, -errno,
				  "cannot make a Landlock ruleset");
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return diag_errno(diag, -errno,
				  "cannot enter a Landlock domain");
	return 0;
}
