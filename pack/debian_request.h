/*
 * A question for Debian packages, and where its answer is looked for.
 */
#ifndef JAILPACK_DEBIAN_REQUEST_H
#define JAILPACK_DEBIAN_REQUEST_H

#include "lib/base.h"
#include "lib/diag.h"
#include "lib/sha256.h"
#include "pack/apt.h"
#include "pack/debian_cache.h"
#include "pack/debian_lists.h"
#include "pack/source.h"

struct debian_request {
	const struct debian_options *options;
	char **names; /* sorted, each once */
	uint8_t question[SHA256_SIZE];
	struct debian_cache cache;
	char *directory, *archives; /* what struct apt points at */
	struct apt apt;
	struct apt_host host;
	struct debian_lists lists;

	/* While a root is made (debian_make.h): of what, how to get those files
	 * that are not there, and where they are unpacked. */
	const struct apt_packages *wanted; /* not owned */
	int (*fetch)(void *request, struct diag *diag);
	int unpacked;
};

#define CLEANUP_DEBIAN_REQUEST CLEANUP(debian_request_done)

/*
 * Check the names, open the cache and make the suite's directory in it. The
 * options must outlive the request. -EINVAL for a name that cannot be one.
 */
int debian_request_init(struct debian_request *request,
			const struct debian_options *options,
			struct diag *diag) MUST_CHECK;
void debian_request_done(struct debian_request *request);

#endif
