#include "mount/landlock.h"

#include <errno.h>
#include <stdbool.h>
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
	/* The first versions that know them. */
	VERSION_OF_REFER = 2,
	VERSION_OF_NETWORK = 4,
	VERSION_OF_SCOPES = 6,
};

/* What is handled and allowed by no rule is refused. */
static struct ruleset choose(const struct config *config, long version)
{
	bool sealed = config->network == CONFIG_NETWORK_SEALED;
	struct ruleset ruleset = { 0 };

	if (version >= VERSION_OF_REFER)
		ruleset.handled_access_fs = LANDLOCK_EXECUTION_ACCESS;
	if (version >= VERSION_OF_NETWORK && sealed)
		ruleset.handled_access_net = ACCESS_BIND | ACCESS_CONNECT;
	if (version >= VERSION_OF_SCOPES && !sealed)
		ruleset.scoped = SCOPE_ABSTRACT;
	return ruleset;
}

/* Of the ruleset, as that version knows it. */
static size_t size_in(long version)
{
	if (version >= VERSION_OF_SCOPES)
		return sizeof(struct ruleset);
	return version >= VERSION_OF_NETWORK
		       ? offsetof(struct ruleset, scoped)
		       : offsetof(struct ruleset, handled_access_net);
}

int landlock_build(const struct config *config, struct diag *diag)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, FLAG_VERSION);
	struct ruleset ruleset = choose(config, version);
	CLEANUP_CLOSE int fd = -1;
	int error;

	/* The first version could not let files be moved. */
	if (version < VERSION_OF_REFER)
		return 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset,
			  size_in(version), 0);
	if (fd < 0)
		return diag_errno(diag, -errno,
				  "cannot make a Landlock ruleset");
	error = landlock_allow_execution(fd, config);
	if (error < 0)
		return diag_errno(diag, error,
				  "cannot allow the image to be executed");
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return diag_errno(diag, -errno,
				  "cannot enter a Landlock domain");
	return 0;
}
