/*
 * Debian packages as a lock file has them: exactly those, and nothing is asked
 * about what depends on what. What is in the cache is not fetched, whether a
 * mirror still has it or not.
 */
#ifndef JAILPACK_DEBIAN_PINNED_H
#define JAILPACK_DEBIAN_PINNED_H

#include "lib/base.h"
#include "lib/diag.h"
#include "pack/debian_request.h"

/*
 * The root of the packages that the request's lock file has. -ESTALE if it
 * does not fit what is asked for, or if the mirror has something else.
 */
int debian_pinned_root(struct debian_request *request, int *ret_fd,
		       struct diag *diag) MUST_CHECK;

/* The packages go into options->record. */
int debian_record(const struct debian_options *options,
		  const struct apt_packages *packages,
		  struct diag *diag) MUST_CHECK;

#endif
