#include "mount/landlock.h"

#include <errno.h>
#include <sys/syscall.h>

/* linux/landlock.h of older kernels ends before these. */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
};

enum {
	FLAG_VERSION = 1 << 0,	 /* LANDLOCK_CREATE_RULESET_VERSION */
	ACCESS_CONNECT = 1 << 1, /* LANDLOCK_ACCESS_NET_CONNECT_TCP */
	ABI_WITH_NETWORK = 4,
};

int landlock_refuse_connect(struct diag *diag)
{
	/* What is handled and allowed by no rule is refused. */
	struct ruleset ruleset = { .handled_access_net = ACCESS_CONNECT };
	CLEANUP_CLOSE int fd = -1;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, FLAG_VERSION) <
	    ABI_WITH_NETWORK)
		return 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset,
			  sizeof(ruleset), 0);
	if (fd < 0)
		return diag_errno(diag, -errno,
				  "cannot make a Landlock ruleset");
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return diag_errno(diag, -errno,
				  "cannot enter a Landlock domain");
	return 0;
}
