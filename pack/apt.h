/*
 * Debian packages, fetched with apt's own client into a place of its own:
 * what it knows, keeps and logs lies in directories given here; only sources,
 * keyrings, proxies and credentials are the host's. The host is not changed,
 * its hooks are not run, and nothing is installed. Signatures are checked,
 * whatever the host's apt.conf says; a source that the operator marked as
 * trusted stays trusted.
 *
 * apt.conf(5), apt-get(8).
 */
#ifndef JAILPACK_APT_H
#define JAILPACK_APT_H

#include "lib/base.h"
#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/apt_host.h"

#include <stdbool.h>

struct apt {
	const char *suite;     /* NULL: whatever the host's sources offer */
	const char *directory; /* of settings and lists, absolute */
	const char *archives;  /* of packages, absolute */
	int lock; /* held by whoever uses the directories; apt holds it too,
		     so that it stays held if this process is killed */

	void (*progress)(void *context, const char *text); /* or NULL */
	void *context;
};

struct apt_package {
	char *name, *version, *architecture;
	char *path;  /* of the .deb, once it is downloaded */
	bool remote; /* it is a download, not a file of the source itself */
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
};

struct apt_packages {
	struct apt_package *items; /* sorted by name, then architecture */
	size_t count;
};

#define CLEANUP_APT_PACKAGES CLEANUP(apt_packages_done)

void apt_packages_done(struct apt_packages *packages);

/* -EINVAL for anything but NAME[:ARCHITECTURE][=VERSION], as apt-get(8) takes
 * it; what else it would take (patterns, removals) is none of a recipe. */
int apt_check_name(const char *name, struct diag *diag) MUST_CHECK;

/* -EINVAL for what cannot be the name of a suite. */
int apt_check_suite(const char *suite, struct diag *diag) MUST_CHECK;

/*
 * Make the directories and write the settings and the sources that the suite
 * is had from, taken from the host's. -ENOENT if it has none.
 */
int apt_prepare(const struct apt *apt, const struct apt_host *host,
		struct diag *diag) MUST_CHECK;

/* Fetch the package lists. */
int apt_update(const struct apt *apt, struct diag *diag) MUST_CHECK;

/*
 * What must be there for the named packages to be installed on an empty
 * machine: they and their dependencies, none that are only recommended.
 * -ENOENT if the lists do not offer that; newer lists may.
 */
int apt_resolve(const struct apt *apt, char *const *names,
		struct apt_packages *ret_packages,
		struct diag *diag) MUST_CHECK;

/*
 * What the lists offer of these packages alone, each NAME[:ARCHITECTURE]
 * [=VERSION]. -ENOENT if one of them is not there.
 */
int apt_look_up(const struct apt *apt, char *const *names,
		struct apt_packages *ret_packages,
		struct diag *diag) MUST_CHECK;

/*
 * What `apt-get --print-uris` printed, for packages kept in `archives`.
 * -EBADMSG if a line is not what apt_packages.c says.
 */
int apt_packages_parse(const char *text, const char *archives,
		       struct apt_packages *ret_packages,
		       struct diag *diag) MUST_CHECK;

/*
 * What `apt-cache policy` says of packages, as apt_policy.h reads it: `names`
 * are at least one and not more than a command line takes.
 */
int apt_policy(const struct apt *apt, char *const *names, struct buf *output,
	       struct diag *diag) MUST_CHECK;

/* The architecture that apt takes for the host's, "amd64"; the caller frees
 * it. */
int apt_architecture(const struct apt *apt, char **ret_architecture,
		     struct diag *diag) MUST_CHECK;

/* Download what apt_resolve() told for these names. */
int apt_download(const struct apt *apt, char *const *names,
		 struct diag *diag) MUST_CHECK;

/* Download what apt_look_up() told for these names, of which `packages` has
 * the paths: there they appear whole. */
int apt_download_alone(const struct apt *apt, char *const *names,
		       const struct apt_packages *packages,
		       struct diag *diag) MUST_CHECK;

#endif
